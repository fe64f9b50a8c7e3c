import COpenSSL

/// A file of the page, as it is served.
package struct PageAsset: Sendable {
    /// Where it is found, below the service's root: empty for the page itself.
    package let path: String
    package let contentType: String
    package let bytes: [UInt8]
    /// A strong entity tag (RFC 9110, section 8.8.3): it changes with any byte.
    package let entityTag: String

    init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.bytes = bytes
        entityTag = "\"\(Self.digest(of: bytes))\""
    }

    /// The first 16 bytes of the SHA-256, in hexadecimal digits.
    private static func digest(of bytes: [UInt8]) -> String {
        var hash = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes, bytes.count, &hash)
        return hash.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension PageAsset {
    /// All that the page consists of. `parley-client.js` is also there for other programs.
    package static let all: [PageAsset] = [
        PageAsset("", "text/html; charset=utf-8", PackageResources.index_html),
        PageAsset("style.css", "text/css; charset=utf-8", PackageResources.style_css),
        PageAsset("icon.svg", "image/svg+xml", PackageResources.icon_svg),
        script("app.js", PackageResources.app_js),
        script("conversation-list.js", PackageResources.conversation_list_js),
        script("conversation.js", PackageResources.conversation_js),
        script("directory.js", PackageResources.directory_js),
        script("dom.js", PackageResources.dom_js),
        script("history.js", PackageResources.history_js),
        script("markdown.js", PackageResources.markdown_js),
        script("parley-client.js", PackageResources.parley_client_js),
        script("pickers.js", PackageResources.pickers_js),
        script("sign-in.js", PackageResources.sign_in_js),
        script("turn-view.js", PackageResources.turn_view_js),
        script("words.js", PackageResources.words_js),
    ]

    private static func script(_ path: String, _ bytes: [UInt8]) -> PageAsset {
        PageAsset(path, "text/javascript; charset=utf-8", bytes)
    }
}

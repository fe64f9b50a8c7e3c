/// Where a Taiga server is, and what is expected of it.
package struct TaigaSettings: Sendable {
    /// The API's root, without a slash at its end: `https://api.taiga.io/api/v1`.
    package let root: String
    /// How long one request may take.
    package var requestTimeout = Duration.seconds(8)
    /// How long the exchange of a token pair may take; callers wait for its end, also when they are cancelled.
    package var refreshTimeout = Duration.seconds(5)
    /// Bytes of one answer.
    package var maxAnswerBytes = 8 * 1024 * 1024

    /// - Parameter url: the server's address, with or without the `/api/v1` at its end; `nil` comes back when it is no
    ///   plain `http` or `https` URL.
    package init?(url: String) {
        var address = Substring(url)
        while address.hasSuffix("/") { address = address.dropLast() }
        let scheme = ["https://", "http://"].first { address.lowercased().hasPrefix($0) }
        guard let scheme, address.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !address.contains(where: "?#@\\".contains),
            let first = address.dropFirst(scheme.count).first, first != "/"
        else { return nil }
        root = address.hasSuffix("/api/v1") ? String(address) : address + "/api/v1"
    }
}

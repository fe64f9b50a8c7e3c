/// One HTTP request.
package struct WebRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET", head = "HEAD", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"
    }

    package var method: Method
    /// An absolute `http` or `https` URL, percent-encoded, without a user or password in it.
    package var url: String
    package var headers: WebHeaders
    /// The beginning of the body; what many requests have in common can be in one place.
    package var bodyOpening: [UInt8]
    /// The body, behind its opening.
    package var body: [UInt8]
    /// When the transfer is aborted, however far it has come.
    package var deadline: ContinuousClock.Instant
    package var limits: WebLimits
    /// Whether the request may reach the server twice. A kept connection may turn out to be closed by the server when
    /// the request is already on it; only a repeatable request is then sent again, on another connection, at most
    /// five times. Defaults to what RFC 9110 says of the method (section 9.2.2).
    package var isRepeatable: Bool
    /// Lets the server compress the body. The limits count the bytes after decompression.
    package var acceptsCompression = false

    package init(
        _ method: Method,
        _ url: String,
        headers: WebHeaders = [:],
        bodyOpening: [UInt8] = [],
        body: [UInt8] = [],
        deadline: ContinuousClock.Instant,
        limits: WebLimits = WebLimits(),
        isRepeatable: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.bodyOpening = bodyOpening
        self.body = body
        self.deadline = deadline
        self.limits = limits
        self.isRepeatable = isRepeatable ?? (method != .post && method != .patch)
    }
}

extension WebRequest {
    /// Bytes of the whole body.
    var bodyCount: Int { bodyOpening.count + body.count }

    /// Copies the body from its `first`th byte on, as much as fits; the number of bytes.
    func copyBody(from first: Int, to space: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        var skipped = first
        for part in [bodyOpening, body] {
            let length = min(max(0, part.count - skipped), space.count - count)
            part.withUnsafeBytes { bytes in
                guard length > 0 else { return }
                UnsafeMutableRawBufferPointer(rebasing: space[count..<count + length])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[skipped..<skipped + length]))
            }
            count += length
            skipped = max(0, skipped - part.count)
        }
        return count
    }
}

/// What a response may cost. Passing one of the first two fails the transfer with `.tooLarge`.
package struct WebLimits: Sendable, Equatable {
    /// Bytes of the response's head, with the interim heads (1xx) before it and the trailers after it.
    package var headBytes = 32 * 1024
    /// Bytes of the body, after decompression.
    package var bodyBytes = 16 * 1024 * 1024
    /// Bytes of the body that wait for a slow reader; at that many the peer is no longer read from. Over HTTP/2 it is
    /// `bodyBytes`: holding one stream back would hold back those that share its connection.
    package var windowBytes = 64 * 1024

    package init() {}
}

extension WebRequest {
    /// The URL's scheme, host and port: what errors and logs may say of it. `nil` when it is not a URL this client sends
    /// requests to.
    var origin: String? {
        let bytes = url.utf8
        guard bytes.allSatisfy({ $0 > 32 && $0 < 127 }), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            return nil
        }
        let scheme = url[..<colon].lowercased()
        guard scheme == "https" || scheme == "http", bytes[colon...].starts(with: "://".utf8) else { return nil }
        let start = bytes.index(colon, offsetBy: 3)
        let isEnd: (UInt8) -> Bool = { "/?#".utf8.contains($0) }
        let end = bytes[start...].firstIndex(where: isEnd) ?? bytes.endIndex
        let authority = url[start..<end].lowercased()
        guard !authority.isEmpty, !authority.utf8.contains(where: "@\\".utf8.contains) else { return nil }
        return "\(scheme)://\(authority)"
    }
}

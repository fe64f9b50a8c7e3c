/// One HTTP request.
package struct WebRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET", head = "HEAD", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"
    }

    package var method: Method
    /// An absolute `http` or `https` URL, percent-encoded, without a user or password in it.
    package var url: String
    package var headers: WebHeaders
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
        body: [UInt8] = [],
        deadline: ContinuousClock.Instant,
        limits: WebLimits = WebLimits(),
        isRepeatable: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.limits = limits
        self.isRepeatable = isRepeatable ?? (method != .post && method != .patch)
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
        guard url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        let lowercased = url.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lowercased.hasPrefix) else { return nil }
        let authority = lowercased.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
        return scheme + authority
    }
}

/// One HTTP request.
package struct WebRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET", head = "HEAD", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"
    }

    package var method: Method
    /// An absolute `http` or `https` URL, percent-encoded, without a user or password in it.
    package var url: String
    package var headers: WebHeaders
    package var body: BodyBytes
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
        self.body = BodyBytes(body)
        self.deadline = deadline
        self.limits = limits
        self.isRepeatable = isRepeatable ?? (method != .post && method != .patch)
    }
}

/// The bytes of a request's body. They stay where they are for as long as anyone holds them: libcurl is given their address
/// and sends them from there.
package final class BodyBytes: Sendable {
    package let count: Int
    /// Good for as long as the object is held, also when there are none. Nobody writes there.
    nonisolated(unsafe) let start: UnsafeMutableRawPointer

    init(_ bytes: [UInt8]) {
        count = bytes.count
        start = .allocate(byteCount: max(1, count), alignment: 1)
        UnsafeMutableRawBufferPointer(start: start, count: count).copyBytes(from: bytes)
    }

    deinit { start.deallocate() }
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

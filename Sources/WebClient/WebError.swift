/// Why a request got no whole response. Holds the origin (`https://host:port`) at most: never a path, a query, a header
/// or a body, because those may carry credentials.
package struct WebError: Error, Equatable, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalid, overloaded, stopped, connect, tls, closed, malformed, tooLarge, deadline, cancelled
        }
        private let kind: Kind

        /// The request itself cannot be sent: its URL or a header is not allowed.
        package static let invalid = Self(kind: .invalid)
        /// As many transfers as allowed are in flight, or the system has no more resources; nothing was sent.
        package static let overloaded = Self(kind: .overloaded)
        /// The client's `run()` has ended or ended meanwhile.
        package static let stopped = Self(kind: .stopped)
        /// The host's name is unknown, or nothing accepts connections there in time, or the
        /// TLS handshake broke off; nothing was sent.
        package static let connect = Self(kind: .connect)
        /// The peer's certificate is not trusted, or ours does not work; nothing was sent.
        package static let tls = Self(kind: .tls)
        /// The peer broke off before the response was whole.
        package static let closed = Self(kind: .closed)
        /// What the peer sent is no HTTP.
        package static let malformed = Self(kind: .malformed)
        /// The response passes a limit of the request.
        package static let tooLarge = Self(kind: .tooLarge)
        /// The request's deadline passed.
        package static let deadline = Self(kind: .deadline)
        /// The calling task was cancelled.
        package static let cancelled = Self(kind: .cancelled)

        package var description: String { kind.rawValue }
    }

    package var code: Code
    package var message: String
    package var file: String
    package var line: Int

    package init(_ code: Code, _ message: String, file: String = #fileID, line: Int = #line) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }

    package var description: String { "\(code): \(message) at \(file):\(line)" }

    /// Where an error was made does not tell it from another.
    package static func == (one: WebError, other: WebError) -> Bool {
        one.code == other.code && one.message == other.message
    }
}

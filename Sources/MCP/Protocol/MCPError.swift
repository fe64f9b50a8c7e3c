/// Why a peer gave no result, or none that can be used. Never holds a URL's path, a token, arguments or a result.
package struct MCPError: Error, Sendable, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalid, unreachable, unauthorized, incompatible, refused, malformed, tooLarge, timeout, closed
            case overloaded, cancelled, stopped
        }
        private let kind: Kind

        /// A setting, or a request of ours, that cannot be used.
        package static let invalid = Self(kind: .invalid)
        /// There is no connection, no program, or one that refuses service now; nothing was done.
        package static let unreachable = Self(kind: .unreachable)
        /// The peer wants other credentials; nothing was done.
        package static let unauthorized = Self(kind: .unauthorized)
        /// There is no revision of the protocol that both sides speak.
        package static let incompatible = Self(kind: .incompatible)
        /// The peer answered with an error of the protocol; ``rpc`` holds it.
        package static let refused = Self(kind: .refused)
        /// What the peer sent does not follow the protocol.
        package static let malformed = Self(kind: .malformed)
        /// What the peer sent is larger than allowed.
        package static let tooLarge = Self(kind: .tooLarge)
        /// No answer in time.
        package static let timeout = Self(kind: .timeout)
        /// The connection, or the program, ended before the answer.
        package static let closed = Self(kind: .closed)
        /// As many requests as allowed are under way; nothing was sent.
        package static let overloaded = Self(kind: .overloaded)
        /// The calling task was cancelled.
        package static let cancelled = Self(kind: .cancelled)
        /// This client or server has ended.
        package static let stopped = Self(kind: .stopped)

        package var description: String { kind.rawValue }
    }

    package var code: Code
    package var message: String
    package var rpc: JSONRPCError?
    package var underlying: (any Error)?
    package var file: String
    package var line: Int

    package init(
        _ code: Code,
        _ message: String,
        rpc: JSONRPCError? = nil,
        underlying: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.rpc = rpc
        self.underlying = underlying
        self.file = file
        self.line = line
    }

    package var description: String {
        "\(code): \(message)" + (rpc.map { " [\($0.code)]" } ?? "") + (underlying.map { " (\($0))" } ?? "")
            + " at \(file):\(line)"
    }
}

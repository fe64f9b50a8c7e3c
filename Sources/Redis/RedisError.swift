/// Why a command has no reply. Messages hold no payload, no key and no password: they are safe for logs.
package struct RedisError: Error, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: Hashable {
            case invalidConfiguration, unavailable, connectionClosed, timeout, overloaded, protocolViolation
            case replyTooLarge, commandTooLarge, unexpectedReply, cancelled, clusterUnsupported
            case server(String)
        }
        private let kind: Kind

        /// The URL, the CA file or a limit makes no sense. Thrown before anything is connected.
        package static let invalidConfiguration = Self(kind: .invalidConfiguration)
        /// There is no connection and the last attempt to make one failed, or the client has stopped. Nothing was sent.
        package static let unavailable = Self(kind: .unavailable)
        /// The connection ended before the reply: the command may or may not have run.
        package static let connectionClosed = Self(kind: .connectionClosed)
        /// No reply within the command time-out: the command may or may not have run.
        package static let timeout = Self(kind: .timeout)
        /// As many commands, or as many bytes of them, as allowed are under way. Nothing was sent.
        package static let overloaded = Self(kind: .overloaded)
        /// The peer does not speak RESP2; the connection was closed.
        package static let protocolViolation = Self(kind: .protocolViolation)
        /// The reply is larger than the configuration allows; the connection was closed.
        package static let replyTooLarge = Self(kind: .replyTooLarge)
        /// The command is larger than the configuration allows. Nothing was sent.
        package static let commandTooLarge = Self(kind: .commandTooLarge)
        /// A reply of another type than the caller asked for.
        package static let unexpectedReply = Self(kind: .unexpectedReply)
        /// The calling task was cancelled: the command may or may not have run.
        package static let cancelled = Self(kind: .cancelled)
        /// The server is part of a Redis Cluster, which is not supported yet.
        package static let clusterUnsupported = Self(kind: .clusterUnsupported)

        /// The server answered with an error whose first word is `prefix`: `OOM`, `READONLY`, `NOAUTH`, `WRONGPASS`,
        /// `LOADING`, `BUSY`, `NOSCRIPT`, `WRONGTYPE`, `ERR`…
        package static func server(_ prefix: String) -> Self { Self(kind: .server(prefix)) }

        /// The first word of the server's error, `nil` when the error is the client's own.
        package var serverPrefix: String? {
            if case .server(let prefix) = kind { prefix } else { nil }
        }

        package var description: String {
            if case .server(let prefix) = kind { "server(\(prefix))" } else { "\(kind)" }
        }
    }

    package var code: Code
    package var message: String
    package var underlying: (any Error)?
    package var file: String
    package var line: Int

    package init(
        _ code: Code,
        _ message: String,
        underlying: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.underlying = underlying
        self.file = file
        self.line = line
    }

    package var description: String {
        "\(code): \(message)" + (underlying.map { " (\($0))" } ?? "") + " at \(file):\(line)"
    }
}

extension RedisError {
    /// The server's error reply as an error. Redis quotes the arguments of a command that it does not know: that part,
    /// and what makes the text long, is left out.
    init(reply text: [UInt8]) {
        let line = String(decoding: text.prefix(200), as: UTF8.self)
        let prefix = String(line.prefix { $0 != " " })
        switch prefix {
        case "MOVED", "ASK", "CROSSSLOT", "CLUSTERDOWN":
            self.init(
                .clusterUnsupported,
                "the server is part of a Redis Cluster, which is not supported yet (\(prefix))"
            )
        default:
            let end = Self.quotes.lazy.compactMap { line.firstRange(of: $0)?.lowerBound }.min() ?? line.endIndex
            self.init(.server(prefix), String(line[..<end]))
        }
    }

    /// Where Redis begins to repeat what it was sent: "unknown command 'X', with args beginning with: …".
    private static let quotes = ["'", "`", ", with args"]
}

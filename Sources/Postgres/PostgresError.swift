/// Why a statement has no result. Messages hold no value, no parameter and no password: they are safe for logs.
package struct PostgresError: Error, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind {
            case invalidConfiguration, invalidParameter, unavailable, overloaded, connectionClosed, timeout, cancelled
            case server, unexpectedResult, misuse, rolledBack
        }
        private let kind: Kind

        /// The URL or a limit makes no sense. Thrown before anything is connected.
        package static let invalidConfiguration = Self(kind: .invalidConfiguration)
        /// A parameter that PostgreSQL cannot take: text with a NUL, or too many bytes. Nothing was sent.
        package static let invalidParameter = Self(kind: .invalidParameter)
        /// There is no connection and the last attempt to make one failed, or the client has stopped. Nothing was sent.
        package static let unavailable = Self(kind: .unavailable)
        /// As many callers as allowed wait for a connection. Nothing was sent.
        package static let overloaded = Self(kind: .overloaded)
        /// The connection ended before the statement did.
        package static let connectionClosed = Self(kind: .connectionClosed)
        /// No connection came free in time, or the statement took too long.
        package static let timeout = Self(kind: .timeout)
        /// The calling task was cancelled.
        package static let cancelled = Self(kind: .cancelled)
        /// The server refuses the statement; `sqlState` tells why.
        package static let server = Self(kind: .server)
        /// Another number of rows or columns, or another type, than the caller asked for.
        package static let unexpectedResult = Self(kind: .unexpectedResult)
        /// A connection used outside its scope, by two at once, or for a transaction within one.
        package static let misuse = Self(kind: .misuse)
        /// The transaction was rolled back although its body returned: a statement in it had failed. Bodies may throw it
        /// themselves, to have their transaction rolled back.
        package static let rolledBack = Self(kind: .rolledBack)

        package var description: String { "\(kind)" }
    }

    package var code: Code
    package var message: String
    /// The server's five characters, of `.server` always and of other codes when the server said them, as when it turns a
    /// connection down. Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
    package var sqlState: String?
    /// The constraint that the statement would have broken.
    package var constraint: String?
    /// Whether the statement, or the COMMIT, may have taken effect all the same. Within a transaction only its COMMIT can
    /// leave that open.
    package var outcomeUnknown: Bool
    package var file: String
    package var line: Int

    package init(
        _ code: Code,
        _ message: String,
        sqlState: String? = nil,
        constraint: String? = nil,
        outcomeUnknown: Bool = false,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
        self.outcomeUnknown = outcomeUnknown
        self.file = file
        self.line = line
    }

    package var description: String {
        let state = sqlState.map { " \($0)" } ?? ""
        let outcome = outcomeUnknown ? ", outcome unknown" : ""
        return "\(code)\(state): \(message)\(outcome) at \(file):\(line)"
    }
}

extension PostgresError {
    static func stopped() -> Self { Self(.unavailable, "the client has stopped") }
}

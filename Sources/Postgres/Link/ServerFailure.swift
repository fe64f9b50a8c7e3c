/// What the server says when it refuses something, without what it may quote.
struct ServerFailure: Equatable, Sendable {
    /// Five characters.
    var sqlState: String
    /// Whether the server ends the connection with it.
    var isFatal = false
    var message: String
    var constraint: String?

    /// - Parameters:
    ///   - severity: the one that is not translated.
    ///   - text: the server's primary message.
    init(sqlState: String, severity: String, text: String, constraint: String? = nil) {
        self.sqlState = sqlState
        self.constraint = constraint
        isFatal = severity == "FATAL" || severity == "PANIC"
        message = Self.harmlessClasses.contains(String(sqlState.prefix(2))) ? text : "the server refuses the statement"
    }

    /// The classes whose messages name what the statement's text names, and never a value: invalid syntax quotes the text,
    /// "invalid input syntax" the parameter.
    private static let harmlessClasses: Set<String> = [
        "08", "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "XX",
    ]
}

extension PostgresError {
    init(_ failure: ServerFailure, outcomeUnknown: Bool) {
        let code: Code =
            switch failure {
            case _ where failure.isFatal: .connectionClosed
            // It ran into the limit that we gave the server, or somebody cancelled it there.
            case _ where failure.sqlState == "57014": .timeout
            default: .server
            }
        self.init(
            code,
            failure.message,
            sqlState: failure.sqlState,
            constraint: failure.constraint,
            outcomeUnknown: outcomeUnknown
        )
    }
}

/// Finds out who is behind a user's token.
package protocol Authenticator: Sendable {
    /// The principal whom the project-management system names for the token, which is refreshed when it has expired.
    /// May refresh `credentials`, also when it then throws.
    func principal(of credentials: RunCredentials) async throws(AuthenticationError) -> Principal

    /// The principal, if the project-management system has named it a moment ago; asks nobody.
    func known(_ credentials: RunCredentials) -> Principal?
}

/// Why it is not known who asks.
package struct AuthenticationError: Error, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case rejected, unavailable }
        private let kind: Kind

        /// The token is not accepted, and refreshing it did not help.
        package static let rejected = Self(kind: .rejected)
        /// The project-management system cannot be asked.
        package static let unavailable = Self(kind: .unavailable)

        package var description: String { kind.rawValue }
    }

    package var code: Code
    /// For logs and operators; holds no token.
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

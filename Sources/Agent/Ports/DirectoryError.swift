/// Why a ``ProjectDirectory`` could not tell what it was asked.
package struct DirectoryError: Error, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case unauthorized, notFound, overloaded, unavailable }
        private let kind: Kind

        /// The token, or the password, is missing or not accepted.
        package static let unauthorized = Self(kind: .unauthorized)
        /// There is no such project, or this user cannot see it.
        package static let notFound = Self(kind: .notFound)
        /// There were too many requests.
        package static let overloaded = Self(kind: .overloaded)
        /// The project-management system cannot be asked.
        package static let unavailable = Self(kind: .unavailable)

        package var description: String { kind.rawValue }
    }

    package var code: Code
    /// For logs and operators; holds no token and no password.
    package var message: String
    /// Seconds after which to ask again, for `overloaded`.
    package var retryAfter: Int?
    package var file: String
    package var line: Int

    package init(
        _ code: Code,
        _ message: String,
        retryAfter: Int? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.file = file
        self.line = line
    }

    package var description: String { "\(code): \(message) at \(file):\(line)" }
}

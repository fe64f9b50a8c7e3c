extension ParleyClient {
    /// The user's Taiga tokens. Prints as redacted.
    public struct TokenPair: Sendable, Hashable, Codable {
        public var authToken: String
        /// Works once: after a refresh only the new pair is of use.
        public var refresh: String

        public init(authToken: String, refresh: String) {
            self.authToken = authToken
            self.refresh = refresh
        }

        private enum CodingKeys: String, CodingKey {
            case authToken = "auth_token"
            case refresh
        }
    }
}

extension ParleyClient.TokenPair: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "TokenPair(redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

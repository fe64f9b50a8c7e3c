import Agent
import Synchronization

/// Who is behind a token, remembered for a minute by the token's hash.
final class UserLookup: Sendable {
    private let api: TaigaAPI
    private let seen = Mutex(ExpiringCache<TokenHash, Int>(limit: 8192, lifetime: .seconds(60)))

    init(api: TaigaAPI) { self.api = api }

    /// The user's id, if it was asked for a moment ago.
    func known(_ credentials: RunCredentials) -> Int? {
        let token = TokenHash(credentials.current.authToken)
        return seen.withLock { $0.value(of: token, now: .now) }
    }

    /// The user's id, by Taiga's word.
    func userID(of credentials: RunCredentials) async throws(TaigaError) -> Int {
        if let id = known(credentials) { return id }
        let id = try await api.call(.get("/users/me"), as: credentials) { (reply) throws(Unreadable) in
            try reply.json.integer("id")
        }
        // The token may have been renewed under way.
        let now = TokenHash(credentials.current.authToken)
        seen.withLock { $0.set(id, of: now, now: .now) }
        return id
    }
}

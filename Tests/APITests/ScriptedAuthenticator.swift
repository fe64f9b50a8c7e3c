import Agent
import Synchronization

/// Knows tokens and the ids of their users.
final class ScriptedAuthenticator: Authenticator {
    private let state: Mutex<(tokens: [String: Int], asked: Int)>
    private let isAway: Bool
    private let isRefreshing: Bool

    init(_ tokens: [String: Int], isAway: Bool = false, refreshing: Bool = false) {
        state = Mutex((tokens, 0))
        self.isAway = isAway
        isRefreshing = refreshing
    }

    /// How often somebody's token was asked about.
    var asked: Int { state.withLock { $0.asked } }

    func forget() { state.withLock { $0.tokens = [:] } }

    func known(_ credentials: RunCredentials) -> Principal? { nil }

    func principal(of credentials: RunCredentials) async throws(AuthenticationError) -> Principal {
        let id = state.withLock { state in
            state.asked += 1
            return state.tokens[credentials.current.authToken.reveal()]
        }
        if isAway { throw AuthenticationError(.unavailable, "away") }
        guard let id else { throw AuthenticationError(.rejected, "not known") }
        if isRefreshing {
            credentials.refresh(to: Credentials(authToken: Secret("new-token"), refresh: Secret("new-refresh")))
        }
        return Principal(userID: id)
    }
}

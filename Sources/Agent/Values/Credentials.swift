import Synchronization

/// The user's token pair for the project-management system. Never stored, logged or shown to the model.
package struct Credentials: Sendable, Equatable {
    package var authToken: Secret
    package var refresh: Secret

    package init(authToken: Secret, refresh: Secret) {
        self.authToken = authToken
        self.refresh = refresh
    }
}

/// The user's token pair during one run: what the client presented, until a tool has to refresh it.
package final class RunCredentials: Sendable {
    /// What the request carried.
    package let presented: Credentials
    private let state = Mutex(Credentials?.none)

    package init(_ presented: Credentials) { self.presented = presented }

    /// The pair to use now.
    package var current: Credentials { refreshed ?? presented }

    /// The pair that took the place of the presented one, and must go back to the client: the old refresh token is dead.
    package var refreshed: Credentials? { state.withLock { $0 } }

    /// From now on `credentials` are the user's.
    package func refresh(to credentials: Credentials) { state.withLock { $0 = credentials } }
}

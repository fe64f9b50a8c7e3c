import Agent

/// Takes Taiga's word for who is behind a token.
struct TaigaAuthenticator: Authenticator {
    let users: UserLookup

    func known(_ credentials: RunCredentials) -> Principal? {
        users.known(credentials).map { Principal(userID: $0) }
    }

    func principal(of credentials: RunCredentials) async throws(AuthenticationError) -> Principal {
        do throws(TaigaError) {
            return Principal(userID: try await users.userID(of: credentials))
        } catch {
            let isRefused = error.code == .unauthorized
            throw AuthenticationError(isRefused ? .rejected : .unavailable, error.message, underlying: error)
        }
    }
}

import Agent

/// The user's tokens as the transport brought them, beside the message.
struct PresentedTokens: Sendable, Equatable {
    var authToken: String?
    var refresh: String?

    /// The pair of a call: what its `_meta` says, else what came beside it; never one half from each.
    ///
    /// Without a refresh token the pair has an empty one: it cannot be refreshed.
    func credentials(overriddenBy meta: [String: JSONValue]) -> Credentials? {
        let inMessage = PresentedTokens(
            authToken: meta[MetaKey.taigaAuthToken]?.stringValue,
            refresh: meta[MetaKey.taigaRefreshToken]?.stringValue
        )
        return inMessage.pair ?? pair
    }

    private var pair: Credentials? {
        guard let authToken, !authToken.isEmpty else { return nil }
        return Credentials(authToken: Secret(authToken), refresh: Secret(refresh ?? ""))
    }
}

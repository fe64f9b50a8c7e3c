/// A session as the store holds it.
package struct StoredSession: Sendable, Equatable {
    /// The JSON array of messages, byte for byte what was committed, or what another program wrote.
    package var history: [UInt8]
    /// `nil` when another program created the session and no turn of ours was committed yet.
    package var meta: SessionMeta?
    /// Whole seconds until the session expires; `nil` when another program stored it without an expiry.
    package var expiresIn: Int?

    package init(history: [UInt8], meta: SessionMeta?, expiresIn: Int?) {
        self.history = history
        self.meta = meta
        self.expiresIn = expiresIn
    }
}

/// What a store knows about a session besides its history. Times are whole seconds since 1970, UTC, by the store's clock.
package struct SessionMeta: Sendable, Equatable {
    /// Turns committed, those included that were cut from the history since.
    package var turns: Int
    package var createdAt: Int
    package var updatedAt: Int
    /// Seconds that the session lives after its last turn.
    package var timeToLive: Int
    /// See ``SessionChange/tokenRate``.
    package var tokenRate: Int?
    /// See ``SessionChange/turnsCut``.
    package var turnsCut: Int

    package init(
        turns: Int,
        createdAt: Int,
        updatedAt: Int,
        timeToLive: Int = 1800,
        tokenRate: Int? = nil,
        turnsCut: Int = 0
    ) {
        self.turns = turns
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.timeToLive = timeToLive
        self.tokenRate = tokenRate
        self.turnsCut = turnsCut
    }
}

/// A run's wish to execute a turn.
package struct TurnClaim: Sendable {
    package var scope: TurnScope
    package var runID: RunID
    package var principal: Principal
    package var idempotency: Idempotency?
    package var ifBusy: IfBusy
    /// When to stop waiting for the session to be free.
    package var waitUntil: ContinuousClock.Instant
    /// Told once when the claim has to wait; must return at once.
    package var waits: @Sendable () -> Void
    /// The version of the history that the worker has at the moment, `nil`: none. The store asks for it each time it looks,
    /// outside of its locks, and may answer ``TurnBasis/isUnchanged`` to the last one it got. Must return at once.
    package var known: @Sendable () -> HistoryVersion?

    package init(
        scope: TurnScope,
        runID: RunID,
        principal: Principal,
        idempotency: Idempotency? = nil,
        ifBusy: IfBusy = .wait,
        waitUntil: ContinuousClock.Instant,
        waits: @escaping @Sendable () -> Void = {},
        known: @escaping @Sendable () -> HistoryVersion? = { nil }
    ) {
        self.waits = waits
        self.known = known
        self.scope = scope
        self.runID = runID
        self.principal = principal
        self.idempotency = idempotency
        self.ifBusy = ifBusy
        self.waitUntil = waitUntil
    }
}

/// What a turn belongs to, and so what its idempotency key is looked up in.
package enum TurnScope: Hashable, Sendable {
    case session(SessionID)
    /// A single turn, of which nothing but its answer is kept; only with an idempotency key.
    case principal(Principal)
}

/// What to do when another run holds the session's lease.
package enum IfBusy: String, Sendable, CaseIterable {
    /// Wait for it, behind those that wait already.
    case wait
    case reject
    /// Cancel it, and run before those that wait.
    case interrupt
}

/// An `Idempotency-Key` and what was asked under it, as digests: nothing of a request is stored.
package struct Idempotency: Hashable, Sendable {
    /// SHA-256 of the key, 64 hexadecimal digits.
    package var key: String
    /// SHA-256 of what makes the request itself, tokens left out.
    package var request: String

    package init(key: String, request: String) {
        self.key = key
        self.request = request
    }
}

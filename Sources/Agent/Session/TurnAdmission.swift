/// What came of a ``TurnClaim``.
package enum TurnAdmission: Sendable, Equatable {
    /// The turn may run.
    indirect case begun(TurnBasis)
    /// The same request was answered before: the stored answer, byte for byte.
    case replayed(answer: [UInt8])
    /// Another run holds the session, and the claim does not wait, or no longer.
    case busy(runID: String)
    /// As many runs wait for the session as may.
    case overloaded
    /// The session belongs to another principal.
    case notFound
    /// The session was cleared while the claim waited, or since the same request was answered.
    case cleared
    /// The key was used for another request.
    case keyReused
}

/// What a turn stands on.
package struct TurnBasis: Sendable, Equatable {
    package var lease: Lease
    /// `nil`: the session has no history yet, or the turn belongs to none.
    package var stored: StoredSession?
    /// The history is the version that the claim knew (``TurnClaim/known``): ``stored`` came without its bytes. A store
    /// need never say so.
    package var isUnchanged: Bool
    /// Tells the store, at the commit, which history the turn was run on.
    package var fingerprint: HistoryFingerprint
    /// What runs whose workers died had done and not committed, see ``SessionStore/append(_:to:timeToLive:)``.
    package var journal: [[UInt8]]

    package init(
        lease: Lease,
        stored: StoredSession?,
        isUnchanged: Bool = false,
        fingerprint: HistoryFingerprint = .none,
        journal: [[UInt8]] = []
    ) {
        self.journal = journal
        self.lease = lease
        self.stored = stored
        self.isUnchanged = isUnchanged
        self.fingerprint = fingerprint
    }
}

/// The right to run the session's next turn, held by one run for a short, renewed time.
package struct Lease: Hashable, Sendable {
    package var scope: TurnScope
    package var runID: RunID
    /// Grows with each lease of the session; a commit with an old one is refused.
    package var fence: Int
    /// The key that the run has claimed; given back when the run is abandoned.
    package var idempotency: Idempotency?

    package init(scope: TurnScope, runID: RunID, fence: Int, idempotency: Idempotency? = nil) {
        self.scope = scope
        self.runID = runID
        self.fence = fence
        self.idempotency = idempotency
    }
}

/// Why a lease ended before its run did.
package enum LeaseEnd: Sendable, Equatable {
    /// Another request of the same session wants to run instead.
    case interrupted
    /// The session was cleared.
    case cleared
    /// It ran out unrenewed, and another run has the session.
    case superseded
}

/// What a store knows a history by without comparing its bytes; means nothing to anyone else.
package struct HistoryFingerprint: Sendable, Equatable {
    package var text: String

    package init(_ text: String) { self.text = text }

    /// Of no history.
    package static let none = HistoryFingerprint("")
}

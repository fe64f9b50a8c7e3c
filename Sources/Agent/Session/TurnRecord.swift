/// The outcome of a turn, on its way into the store.
package struct TurnRecord: Sendable {
    package var lease: Lease
    /// What changes in the session; `nil` when the turn leaves nothing to keep, or belongs to no session.
    package var change: SessionChange?
    /// The answer, kept for the retries of the same request; `nil` without an idempotency key.
    package var answer: [UInt8]?
    /// The runs of the journal that this commit settles along with its own turn.
    package var settled: [SettledRun]
    /// What the commit leaves for the archive, in the same step; `nil`: nothing.
    package var archived: ArchiveEntry?

    package init(
        lease: Lease,
        change: SessionChange?,
        answer: [UInt8]?,
        settled: [SettledRun] = [],
        archived: ArchiveEntry? = nil
    ) {
        self.archived = archived
        self.settled = settled
        self.lease = lease
        self.change = change
        self.answer = answer
    }
}

/// A run whose worker died, and whose turn became part of the history all the same.
package struct SettledRun: Sendable {
    package var runID: RunID
    /// What its client will send again, and what it then gets, unless another run has answered it.
    package var idempotency: Idempotency
    package var answer: [UInt8]

    package init(runID: RunID, idempotency: Idempotency, answer: [UInt8]) {
        self.runID = runID
        self.idempotency = idempotency
        self.answer = answer
    }
}

/// What a turn changes in its session.
package struct SessionChange: Sendable {
    package var history: NewHistory
    /// The history that the turn was run on.
    package var fingerprint: HistoryFingerprint
    /// Seconds until the session expires unless another turn renews it.
    package var timeToLive: Int
    /// What the model's reports taught about the session's tokens, in millionths of a token per byte; `nil`: nothing yet.
    package var tokenRate: Int?
    /// How many turns have been cut from the history so far.
    package var turnsCut: Int
    /// How many turns the history grew by.
    package var turns: Int

    package init(
        history: NewHistory,
        fingerprint: HistoryFingerprint,
        timeToLive: Int,
        tokenRate: Int? = nil,
        turnsCut: Int = 0,
        turns: Int = 1
    ) {
        self.turns = turns
        self.history = history
        self.fingerprint = fingerprint
        self.timeToLive = timeToLive
        self.tokenRate = tokenRate
        self.turnsCut = turnsCut
    }
}

/// What came of a commit.
package enum CommitVerdict: Sendable, Equatable {
    /// A history that came with it is the version that the run stored (``HistoryVersion``).
    case stored
    /// The session was cleared since the turn began: nothing was stored.
    case cleared
    /// Another run has taken the session over: nothing was stored.
    case superseded
    /// Another program has changed the history since the turn began: put the turn on top of this one and commit again.
    case changed(history: [UInt8], HistoryFingerprint)
}

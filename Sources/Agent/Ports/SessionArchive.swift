/// Keeps committed turns when the session store has forgotten them. What is to be archived comes with
/// ``TurnRecord/archived`` through the store, never from a run: an archive that is down delays no turn.
package protocol SessionArchive: Sendable {
    /// The session's turns of this owner since it was last cleared, with all that was committed before this call;
    /// `nil` when there are none.
    /// - Throws: `.unavailable` also when the archive is behind and does not catch up in a few seconds.
    func conversation(of session: SessionID, owner: Principal) async throws(StoreError) -> ArchivedConversation?

    /// Removes what was archived, and what waits to be, up to now. To be called when the store has forgotten it: what is
    /// committed later stays.
    func erase(_ subject: ErasureSubject) async throws(StoreError) -> ErasureReceipt

    /// The sessions that have turns of this owner in the archive.
    func sessions(of owner: Principal) async throws(StoreError) -> [SessionID]

    /// How far the archive was behind when it last looked.
    var status: ArchiveStatus { get }
}

/// What the archive keeps of a session, for its next turn.
package struct ArchivedConversation: Sendable, Equatable {
    /// The messages, a JSON array.
    package var history: [UInt8]
    /// Turns committed, those included that are not kept any more.
    package var turns: Int

    package init(history: [UInt8], turns: Int) {
        self.history = history
        self.turns = turns
    }
}

/// What is to be erased.
package enum ErasureSubject: Sendable, Equatable {
    /// One session; of this owner alone, or whoever's it was.
    case session(SessionID, owner: Principal?)
    /// All that a user has said.
    case user(Principal)
}

/// What was erased.
package struct ErasureReceipt: Sendable, Equatable {
    /// The receipt's number in the archive; `nil`: there is no archive.
    package var number: Int?
    /// Seconds since 1970, UTC.
    package var erasedAt: Int
    /// Sessions that the store had and has forgotten.
    package var storedSessions = 0
    /// What waited to be archived.
    package var waitingEntries = 0
    /// What the archive kept.
    package var sessions = 0
    package var turns = 0
    package var messages = 0
    package var toolCalls = 0
    package var artifacts = 0

    package init(number: Int? = nil, erasedAt: Int) {
        self.number = number
        self.erasedAt = erasedAt
    }
}

/// How far an archive is behind.
package struct ArchiveStatus: Sendable, Equatable {
    /// Entries that were committed and are not archived.
    package var waiting: Int
    /// For how long the oldest of them has waited, in whole seconds.
    package var lagSeconds: Int
    /// Entries that found no room to wait, since the outbox was made: their turns are not in the archive.
    package var dropped: Int
    /// Whether the archive could be reached.
    package var isReachable: Bool

    package init(waiting: Int = 0, lagSeconds: Int = 0, dropped: Int = 0, isReachable: Bool = true) {
        self.waiting = waiting
        self.lagSeconds = lagSeconds
        self.dropped = dropped
        self.isReachable = isReachable
    }
}

import Agent

extension ByteStore {
    /// Whether something is stored under `session`.
    mutating func holds(_ session: SessionID, now: Int) -> Bool {
        get(session, now: now) { _, _ in true } ?? false
    }

    /// What is stored under `session`.
    mutating func session(_ session: SessionID, now: Int) -> StoredSession? {
        get(session, now: now) { value, deadline in
            StoredSession(
                history: SessionRecord.history(in: value),
                meta: SessionRecord(in: value).meta,
                // Rounded up: a session that is there has at least a second.
                expiresIn: (deadline - now).addingCapped(999) / 1000
            )
        }
    }

    /// Stores what a turn changed, and counts the turn.
    mutating func store(
        _ change: SessionChange,
        of session: SessionID,
        kept: SessionControl.Kept,
        now: Int
    ) throws(StoreError) {
        let before = get(session, now: now) { value, _ in SessionRecord(in: value).meta }
        let meta = SessionMeta(
            turns: (before?.turns ?? 0) + change.turns,
            createdAt: before?.createdAt ?? now / 1000,
            updatedAt: now / 1000,
            timeToLive: change.timeToLive,
            tokenRate: change.tokenRate,
            turnsCut: change.turnsCut
        )
        let head = SessionRecord(meta: meta, kept: kept).head
        let deadline = now.addingCapped(change.timeToLive.multipliedCapped(by: 1000))
        try head.withUnsafeBufferPointer { head throws(StoreError) in
            try change.history.withUnsafeBufferPointer { history throws(StoreError) in
                let (head, body) = (UnsafeRawBufferPointer(head), UnsafeRawBufferPointer(history))
                try set(session, head: head, body: body, deadline: deadline, now: now)
            }
        }
    }
}

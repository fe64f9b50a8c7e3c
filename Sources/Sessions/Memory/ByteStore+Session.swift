import Agent

extension ByteStore {
    /// Whether something is stored under `session`.
    mutating func holds(_ session: SessionID, now: Int) -> Bool {
        get(session, now: now) { _, _ in true } ?? false
    }

    /// What is stored under `session`; without the bytes of its history, if that is the version that is `known`.
    mutating func session(
        _ session: SessionID,
        known: HistoryVersion? = nil,
        now: Int
    ) -> (stored: StoredSession, isUnchanged: Bool)? {
        get(session, now: now) { value, deadline in
            let record = SessionRecord(in: value)
            let isUnchanged = known != nil && known?.text == record.kept.committedRun
            let stored = StoredSession(
                history: isUnchanged ? [] : SessionRecord.history(in: value),
                meta: record.meta,
                // Rounded up: a session that is there has at least a second.
                expiresIn: (deadline - now).addingCapped(999) / 1000
            )
            return (stored, isUnchanged)
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
        let (body, isOpen) = change.history.atHand
        let head = SessionRecord(meta: meta, kept: kept, isOpen: isOpen).head
        let deadline = now.addingCapped(change.timeToLive.multipliedCapped(by: 1000))
        try head.withUnsafeBufferPointer { head throws(StoreError) in
            try body.withUnsafeBufferPointer { body throws(StoreError) in
                let (head, body) = (UnsafeRawBufferPointer(head), UnsafeRawBufferPointer(body))
                try set(session, head: head, body: body, deadline: deadline, now: now)
            }
        }
    }
}

extension NewHistory {
    /// The history without a copy of it; an open one lacks its closing bracket.
    fileprivate var atHand: (bytes: [UInt8], isOpen: Bool) {
        switch self {
        case .whole(let bytes): (bytes, false)
        case .longer(let open, _): (open, true)
        }
    }
}

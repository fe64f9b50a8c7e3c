/// What a store needs to keep many of these inside its memory.
extension SessionControl {
    /// What is to be known of the session when the history of a run that ``mayCommit(_:fence:)`` is stored.
    package func kept(afterCommitOf run: RunID) -> Kept {
        Kept(owner: owner ?? holder?.principal, fence: fence, committedRun: run.text)
    }

    /// Whether a turn is under way, or wanted.
    package func isActive(now: Int) -> Bool { isHeld(now: now) || !waiting.isEmpty }

    /// Whether nothing would be lost but what lies beside the history.
    package func isIdle(now: Int) -> Bool {
        let isPast = (holder?.end ?? .min) <= now - limits.retention && keptUntil <= now
        return isPast && waiting.isEmpty && keys.count == 0 && journal.isEmpty
    }

    /// Whether something may have been done that a retry must not do again.
    package var isOwed: Bool { !journal.isEmpty || keys.hasUnanswered }

    /// How many runs wait for the lease.
    package var waitingCount: Int { waiting.count }

    /// What this costs in memory, estimated from above: strings, buckets and allocations included.
    package var bytes: Int {
        640 + waiting.capacity * 160 + keys.count * 512 + keys.answerBytes + journal.bytes
    }

    /// Time has passed: forgets whoever has stopped waiting, and what has been kept long enough.
    package mutating func tick(now: Int) {
        dropDeadWaiters(except: nil, now: now)
        forgetExpired(now: now)
    }

    /// Forgets what has been kept long enough.
    mutating func forgetExpired(now: Int) {
        keys.expire(now: now)
        if journal.end <= now { journal = Journal() }
    }

    /// Forgets an answered key to make room; `false` when there is none, or it is being answered.
    package mutating func dropAnswer(under key: String) -> Bool {
        guard let record = keys[key], record.claimant == nil else { return false }
        signals += keys.remove(key)
        return true
    }
}

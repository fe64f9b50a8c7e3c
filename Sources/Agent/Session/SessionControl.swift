/// Decides whose turn it is in one session: who holds the lease, who waits, what became of a request that is sent again.
///
/// Events go in with the time, decisions come out; nothing here waits, reads a clock or knows a history. Whoever is told to
/// wait looks again when it is signalled (``takeSignals()``) or when its time has come: a signal only says that there may be
/// news, so one too many does no harm. Times are milliseconds of the store's clock. What a session needs while no turn is
/// under way is ``Kept``, small enough to lie beside the history.
///
/// A single turn, which belongs to no session, is a session of its own here, of which only its key remains.
package struct SessionControl: Sendable {
    let limits: Limits
    /// Who owns the session, as text: nobody before its first commit, since who only tried owns nothing.
    var owner: String?
    /// The number of the last lease; 0: none yet.
    var fence: Int
    /// The number that the last clear took: a lease that is not above it was cleared. Also the epoch that those who wait
    /// have waited in.
    var clearedFence = 0
    /// Also after its end, until another run has the session: then it may still be renewed, and may still commit.
    var holder: Holder?
    /// The runs whose outcomes were stored last, the newest first, so that their commits may be repeated.
    var committedRuns: [String]
    var waiting: [Waiter] = []
    var keys = KeyRecords()
    /// What runs that did not commit had done, and whose they were: kept until the next commit, or until its time ends.
    var journal = Journal()
    /// Until when a clear, or a lease of which nothing was stored, must be known: a late commit is to be refused, and a
    /// fence not given twice.
    var keptUntil = Int.min
    var signals: [RunID] = []

    package init(_ kept: Kept = Kept(), limits: Limits = Limits()) {
        self.limits = limits
        owner = kept.owner
        fence = kept.fence
        committedRuns = [kept.committedRun].compactMap(\.self)
    }

    /// Asks for the next turn. With `wait`, again, after having been told to wait.
    package mutating func begin(_ claim: Claim, since wait: Wait? = nil, now: Int) -> Decision {
        if let wait, wait.epoch != clearedFence { return .cleared }
        dropDeadWaiters(except: claim.run, now: now)
        let decision = decide(claim, now: now)
        switch decision {
        case .wait: break
        case .granted: leaveQueue(claim.run)
        default: withdraw(claim, now: now)
        }
        return decision
    }

    /// Takes back a claim that was not granted. Nothing was done, so its key is free again.
    package mutating func withdraw(_ claim: Claim, now: Int) { withdraw(claim.run, key: claim.idempotency, now: now) }

    private mutating func withdraw(_ run: RunID, key: Idempotency?, now: Int) {
        let wasNext = waiting.first?.run == run
        leaveQueue(run)
        if wasNext { signalNext(now: now) }
        guard let key = key?.key else { return }
        keys.unfollow(key, by: run)
        // It may be the key of a turn that a dead run has noted.
        if journal.isEmpty { signals += keys.giveBack(key, by: run) }
    }

    /// Takes back a claim that may have been granted without the run having learnt of it.
    package mutating func giveUp(_ run: RunID, key: Idempotency?, now: Int) {
        withdraw(run, key: key, now: now)
        if let holder, holder.run == run { abandon(run, fence: holder.fence, key: nil, now: now) }
    }

    /// Prolongs a lease, also one that has ended while nobody else has come.
    package mutating func renew(_ run: RunID, fence: Int, now: Int) -> Renewal {
        guard fence > clearedFence else { return .ended(.cleared) }
        guard holder?.run == run, holder?.fence == fence else { return .ended(.superseded) }
        holder?.end = now + limits.leaseLength
        return holder?.isInterrupted == true ? .ended(.interrupted) : .held(until: now + limits.leaseLength)
    }

    /// Whether a run may store its outcome. ``committed(_:key:answer:keepsHistory:now:)`` follows when it has been.
    package func mayCommit(_ run: RunID, fence: Int) -> CommitGate {
        guard fence > clearedFence else { return .cleared }
        if committedRuns.contains(run.text) { return .committed }
        return fence == self.fence && holder?.run == run && holder?.fence == fence ? .open : .superseded
    }

    /// Adds to the journal of a run that has the lease, also one that has ended while nobody else has come; why not, if it
    /// has not. The entries are kept until `end`.
    package mutating func append(
        _ entries: [[UInt8]],
        run: RunID,
        fence: Int,
        until end: Int,
        now: Int
    ) -> LeaseEnd? {
        switch mayCommit(run, fence: fence) {
        case .cleared: return .cleared
        case .superseded, .committed: return .superseded
        case .open: break
        }
        if !isHeld(now: now) { holder?.end = now + limits.leaseLength }
        journal.owner = owner ?? holder?.principal
        journal.entries += entries
        journal.bytes += entries.reduce(0) { $0 + $1.count + 64 }
        journal.end = max(journal.end, end)
        return nil
    }

    /// What the turn that was granted must know of those before it.
    package func openJournal(now: Int) -> [[UInt8]] { journal.end > now ? journal.entries : [] }

    /// A run whose worker died has become part of the history that was committed: its client gets `answer`, unless another
    /// run has answered it.
    package mutating func settled(_ key: Idempotency, answer: [UInt8], now: Int) {
        signals += keys.settle(key, answer: answer, until: now + limits.answerLife)
    }

    /// The answer that was kept for the very same request.
    package func answer(to request: Idempotency, now: Int) -> [UInt8]? {
        guard let record = keys[request.key], record.until > now, record.request == request.request else { return nil }
        return record.answer
    }

    /// The outcome of a run that ``mayCommit(_:fence:)`` has been stored; the lease ends.
    /// - Parameters:
    ///   - answer: kept for retries under `key`; without one the key is free again.
    ///   - keepsHistory: a history was stored, and ``kept(afterCommitOf:)`` lies beside it. It belongs to the run's principal if it
    ///     had no owner.
    package mutating func committed(
        _ run: RunID,
        key: Idempotency?,
        answer: [UInt8]?,
        keepsHistory: Bool,
        now: Int
    ) {
        if keepsHistory {
            owner = owner ?? holder?.principal
        } else {
            keptUntil = max(keptUntil, now + limits.retention)
        }
        committedRuns = [run.text] + committedRuns.prefix(7)
        holder = nil
        journal = Journal()
        if let key { signals += keys.settle(key, by: run, answer: answer, until: now + limits.answerLife) }
        signalNext(now: now)
    }

    /// Ends a lease of which nothing came, if it is the run's still, and frees the run's key.
    package mutating func abandon(_ run: RunID, fence: Int, key: Idempotency?, now: Int) {
        if holder?.run == run, holder?.fence == fence {
            holder = nil
            keptUntil = max(keptUntil, now + limits.retention)
            signalNext(now: now)
        }
        if let key { signals += keys.giveBack(key.key, by: run) }
    }

    /// Whether `caller` may read and clear the session.
    package func isOpen(to caller: Caller, now: Int) -> Bool {
        guard case .principal(let principal) = caller, let owner = ownerInEffect(now: now) else { return true }
        return owner == principal.text
    }

    /// Forgets owner, lease and queue, and tells those concerned; answers are blanked, their keys stay taken.
    package mutating func clear(now: Int) {
        fence = nextFence(now: now)
        clearedFence = fence
        signals += (holder.map { [$0.run] } ?? []) + waiting.map(\.run)
        let waiters = Set(waiting.map(\.run))
        let hasJournal = !journal.isEmpty
        signals += keys.blank(holder: holder?.run) { hasJournal && !waiters.contains($0) }
        journal = Journal()
        owner = nil
        holder = nil
        committedRuns = []
        waiting = []
        keptUntil = max(keptUntil, now + limits.retention)
    }

    /// The history has expired or was evicted: the session is nobody's, unless a turn is under way.
    package mutating func historyEnded(now: Int) {
        guard !isHeld(now: now) else { return }
        owner = nil
    }

    /// Runs that should look again: those that wait by ``begin(_:since:now:)``, those that hold by
    /// ``renew(_:fence:now:)``.
    package mutating func takeSignals() -> [RunID] {
        defer { signals = [] }
        return signals
    }
}

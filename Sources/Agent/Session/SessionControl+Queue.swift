extension SessionControl {
    /// The rules of a begin, in their order: the key, the owner, the lease, the queue.
    mutating func decide(_ claim: Claim, now: Int) -> Decision {
        if let key = claim.idempotency, let decision = decide(key, of: claim, now: now) { return decision }
        if let owner = ownerInEffect(now: now), owner != claim.principal.text { return .notFound }
        // Asked again because the answer was lost.
        if let holder, holder.run == claim.run, holder.end > now { return .granted(fence: holder.fence) }

        let place = waiting.firstIndex { $0.run == claim.run }
        let first = claim.ifBusy == .interrupt && place == nil ? nil : waiting.first { $0.run != claim.run }
        let isNext = place == 0 || first == nil
        guard isHeld(now: now) || !isNext else { return grant(claim, now: now) }

        let blocker = isHeld(now: now) ? holder?.run : first?.run
        if claim.ifBusy == .reject || claim.until <= now { return .busy(blocker ?? claim.run) }
        if place == nil {
            guard waiting.count < limits.waiting else { return .overloaded }
            enqueue(claim, now: now)
        }
        claimKey(of: claim, now: now)
        return wait(claim, now: now)
    }

    /// What the key alone decides; `nil` when the claim goes on.
    private mutating func decide(_ key: Idempotency, of claim: Claim, now: Int) -> Decision? {
        guard let record = keys.live(key.key, now: now) else { return nil }
        guard record.request == key.request else { return .keyReused }
        switch record.state {
        case .answered(let answer): return .replayed(answer: answer)
        case .blanked: return .cleared
        case .claimed(let run):
            guard run != claim.run, isAlive(run, now: now) else { return nil }
            guard claim.until > now else { return .busy(run) }
            guard keys.follow(key.key, by: claim.run, most: limits.waiting) else { return .overloaded }
            return .wait(Wait(until: nextLook(of: claim, now: now), epoch: clearedFence))
        }
    }

    private mutating func grant(_ claim: Claim, now: Int) -> Decision {
        fence = nextFence(now: now)
        holder = Holder(
            run: claim.run,
            fence: fence,
            principal: claim.principal.text,
            end: now + limits.leaseLength
        )
        claimKey(of: claim, now: now)
        return .granted(fence: fence)
    }

    private mutating func claimKey(of claim: Claim, now: Int) {
        guard let key = claim.idempotency else { return }
        if keys[key.key] == nil, keys.count >= limits.keys {
            keys.dropOldest { [self] in isAlive($0, now: now) || $0 == claim.run }
        }
        keys.claim(key, by: claim.run, until: now + limits.answerLife)
    }

    private mutating func enqueue(_ claim: Claim, now: Int) {
        let waiter = Waiter(run: claim.run, deadAt: .max)
        guard claim.ifBusy == .interrupt else { return waiting.append(waiter) }
        waiting.insert(waiter, at: 0)
        if let run = holder?.run {
            holder?.isInterrupted = true
            signals.append(run)
        }
    }

    private mutating func wait(_ claim: Claim, now: Int) -> Decision {
        let until = nextLook(of: claim, now: now)
        if let place = waiting.firstIndex(where: { $0.run == claim.run }) {
            waiting[place].deadAt = until + limits.leaseLength
        }
        return .wait(Wait(until: until, epoch: clearedFence))
    }

    /// The lease's end, by when it is known whether its holder lives; or one length, by when the head of the queue is.
    private func nextLook(of claim: Claim, now: Int) -> Int {
        let end = holder.flatMap { $0.end > now ? $0.end : nil } ?? now + limits.leaseLength
        return min(claim.until, end)
    }

    mutating func leaveQueue(_ run: RunID) { waiting.removeAll { $0.run == run } }

    mutating func dropDeadWaiters(except run: RunID?, now: Int) {
        let first = waiting.first?.run
        waiting.removeAll { $0.deadAt <= now && $0.run != run }
        if waiting.first?.run != first { signalNext(now: now) }
    }

    mutating func signalNext(now: Int) {
        if !isHeld(now: now), let next = waiting.first { signals.append(next.run) }
    }

    func isHeld(now: Int) -> Bool { holder.map { $0.end > now } ?? false }

    /// Whether the run holds the lease or waits for it.
    func isAlive(_ run: RunID, now: Int) -> Bool {
        holder?.run == run && isHeld(now: now) || waiting.contains { $0.run == run }
    }

    /// The owner, or whoever runs the first turn, or ran it and died.
    func ownerInEffect(now: Int) -> String? {
        owner ?? (isHeld(now: now) ? holder?.principal : nil) ?? (journal.end > now ? journal.owner : nil)
    }

    /// In microseconds since 1970 where none was known: above whatever was given and forgotten.
    func nextFence(now: Int) -> Int { fence == 0 ? max(now, 1) * 1000 : fence + 1 }
}

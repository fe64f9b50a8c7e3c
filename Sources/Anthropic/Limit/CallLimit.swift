/// How many model calls may be under way at once: events in, verdicts and effects out.
///
/// There is no limit until the provider refuses a call for load. Then all calls pause for as long as it asks, after which
/// half as many as were under way may run; each success allows one more. Halving against adding is what lets workers that
/// share an account settle on fair shares without knowing of each other (Chiu and Jain 1989; TCP, RFC 5681). One more per
/// success, as Netflix's concurrency-limits has it, and not TCP's one per round: a call lasts seconds, a run 30.
struct CallLimit {
    typealias Instant = ContinuousClock.Instant
    /// A call that waits. Later calls have larger ones.
    typealias ID = Int

    /// What a call that was let start gives back at its end.
    struct Ticket: Equatable {
        /// How many cuts there were before it.
        var round: Int
    }

    enum Verdict: Equatable {
        case start(Ticket)
        /// The call is to look again when it is woken, and at that time.
        case wait(ID, until: Instant)
        case refuse(Refusal)
    }

    enum Refusal: Equatable {
        /// As many calls wait as may.
        case full
        /// The call cannot start in time.
        case tooLate
    }

    enum Outcome: Equatable {
        case answered
        /// The provider has no room, and asks to wait so long if it says.
        /// - Parameter jitter: from 0 to 1, by chance, for the pause when it does not say.
        case overloaded(wait: Duration?, jitter: Double)
        /// Whatever else says nothing about the provider's load.
        case other
    }

    /// What operators are told.
    enum Notice: Equatable {
        case began(calls: Int, pause: Duration)
        case ended(refusals: Int, after: Duration)
    }

    struct Effects: Equatable {
        /// Calls that must look again.
        var wake: [ID] = []
        var notice: Notice?
    }

    private struct Limit {
        /// How many may be under way.
        var calls: Int
        /// How many were when the limit began.
        let before: Int
        let since: Instant
        var pausedUntil: Instant
        /// Cuts since the last success: each doubles a pause of unknown length.
        var cuts: Int
        var refusals: Int
    }

    /// The longest pause, whatever the provider asks for: after it one call or more tries again.
    static let longestPause = Duration.seconds(60)
    /// After so long without calls a limit says nothing any more; providers count by the minute.
    static let staleAfter = Duration.seconds(60)

    /// How many calls may wait.
    let maxWaiting: Int
    /// How many calls were let start and have not ended.
    private(set) var underWay = 0
    private var limit: Limit?
    private var round = 0
    /// By call, when it must have started.
    private var waiting: [ID: Instant] = [:]
    private var first: ID = 0
    private var next: ID = 0

    init(maxWaiting: Int) { self.maxWaiting = maxWaiting }

    var waitingCalls: Int { waiting.count }
    var isLimited: Bool { limit != nil }
}

// MARK: - A call begins

extension CallLimit {
    /// A call wants to start, by `latest` or not at all.
    mutating func wants(by latest: Instant, now: Instant) -> (verdict: Verdict, effects: Effects) {
        let effects = Effects(notice: forgetIfStale(now))
        if waiting.isEmpty, hasRoom(now) { return (.start(begin()), effects) }
        if isTooLate(latest, now) { return (.refuse(.tooLate), effects) }
        guard waiting.count < maxWaiting else { return (.refuse(.full), effects) }
        let id = next
        next += 1
        if waiting.isEmpty { first = id }
        waiting[id] = latest
        return (.wait(id, until: look(id, latest, now)), effects)
    }

    /// A call that waits looks whether it may start.
    mutating func looks(_ id: ID, now: Instant) -> (verdict: Verdict, effects: Effects) {
        guard let latest = waiting[id] else { return (.refuse(.tooLate), Effects()) }
        if isTooLate(latest, now) { return (.refuse(.tooLate), leaves(id)) }
        guard id == first, hasRoom(now) else { return (.wait(id, until: look(id, latest, now)), Effects()) }
        // Whoever is first now is woken, and sees whether there is room for one more.
        let effects = leaves(id)
        return (.start(begin()), effects)
    }

    /// A call waits no more.
    mutating func leaves(_ id: ID) -> Effects {
        guard waiting.removeValue(forKey: id) != nil, id == first, !waiting.isEmpty else { return Effects() }
        while waiting[first] == nil { first += 1 }
        return Effects(wake: [first])
    }

    private mutating func begin() -> Ticket {
        underWay += 1
        return Ticket(round: round)
    }

    private func hasRoom(_ now: Instant) -> Bool {
        guard let limit else { return true }
        return underWay < limit.calls && now >= limit.pausedUntil
    }

    private func isTooLate(_ latest: Instant, _ now: Instant) -> Bool {
        now >= latest || (limit?.pausedUntil ?? now) >= latest
    }

    /// When a call looks again by itself: only the first one minds the end of the pause.
    private func look(_ id: ID, _ latest: Instant, _ now: Instant) -> Instant {
        guard id == first, let end = limit?.pausedUntil, end > now else { return latest }
        return end
    }
}

// MARK: - A call ends

extension CallLimit {
    /// A call that was let start has ended.
    mutating func ended(_ ticket: Ticket, _ outcome: Outcome, now: Instant) -> Effects {
        underWay -= 1
        var effects = Effects()
        switch outcome {
        case .answered: effects.notice = grow(ticket, now)
        case .overloaded(let wait, let jitter): effects = slowDown(ticket, wait, jitter, now)
        case .other: break
        }
        if effects.wake.isEmpty, !waiting.isEmpty, hasRoom(now) { effects.wake = [first] }
        return effects
    }

    /// A call from before the last cut was let in by a provider that had room then: it says nothing about now.
    private mutating func grow(_ ticket: Ticket, _ now: Instant) -> Notice? {
        guard var limit, ticket.round == round else { return nil }
        limit.calls += 1
        limit.cuts = 0
        self.limit = limit
        // As many successes again at full size, and nobody waits: what is not felt can go.
        guard limit.calls >= 2 * limit.before, waiting.isEmpty, now >= limit.pausedUntil else { return nil }
        return forget(limit, now)
    }

    /// Calls that were under way together are refused together: they are one sign of overload, and cut once (RFC 5681 does
    /// so per window). Only how long the provider asks to wait counts from each.
    private mutating func slowDown(_ ticket: Ticket, _ wait: Duration?, _ jitter: Double, _ now: Instant) -> Effects {
        let wait = wait.map { min($0, Self.longestPause) }
        let together = underWay + 1
        guard var limit else {
            let pause = wait ?? RetryPolicy.backOff(after: 0, jitter: jitter)
            let calls = max(1, together / 2)
            limit = Limit(
                calls: calls,
                before: together,
                since: now,
                pausedUntil: now + pause,
                cuts: 1,
                refusals: 1
            )
            round += 1
            return Effects(notice: .began(calls: calls, pause: pause))
        }
        limit.refusals += 1
        var pause = wait
        if ticket.round == round {
            pause = wait ?? RetryPolicy.backOff(after: limit.cuts, jitter: jitter)
            limit.calls = max(1, min(limit.calls, together) / 2)
            limit.cuts += 1
            round += 1
        }
        let end = max(limit.pausedUntil, now + (pause ?? .zero))
        let isLonger = end > limit.pausedUntil
        limit.pausedUntil = end
        self.limit = limit
        return Effects(wake: isLonger ? wokenByPause(until: end) : [])
    }

    /// The first call, which minds the end of the pause, and those that it makes too late.
    private func wokenByPause(until end: Instant) -> [ID] {
        waiting.filter { $0.key == first || $0.value <= end }.keys.sorted()
    }

    private mutating func forgetIfStale(_ now: Instant) -> Notice? {
        guard let limit, underWay == 0, waiting.isEmpty, now >= limit.pausedUntil + Self.staleAfter else { return nil }
        return forget(limit, now)
    }

    private mutating func forget(_ limit: Limit, _ now: Instant) -> Notice {
        self.limit = nil
        return .ended(refusals: limit.refusals, after: limit.since.duration(to: now))
    }
}

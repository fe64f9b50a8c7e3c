import Agent

/// Follows the events of a run for one reader: what it is sent, and when to look for more. Knows no clock, no wire, and
/// holds no event.
struct EventFollower: Sendable, Equatable {
    typealias Instant = ContinuousClock.Instant

    enum Input: Sendable, Equatable {
        /// What is behind ``EventFollower/cursor``.
        case page(EventPage)
        /// There is no such run any longer.
        case gone
        /// The events could not be looked up.
        case failed
        /// The worker shuts down, and others can tell the rest.
        case draining
    }

    struct Step: Sendable, Equatable {
        /// What the reader is to be sent, in order.
        var frames: [EventFrame]
        var next: Next
    }

    enum Next: Sendable, Equatable {
        /// There may be more at once.
        case look
        /// Look again when there may be more, and at this time at the latest.
        case wait(until: Instant)
        case end(End)
    }

    /// Why a stream ended, for the log.
    enum End: String, Sendable {
        /// With the run.
        case finished
        case workerLost = "worker-lost"
        case runGone = "run-gone"
        case draining
        case storeUnavailable = "store-unavailable"
    }

    /// Lookups that may fail one after another: a stream bears a store that restarts.
    static let mostFailures = 10
    /// How long a run must seem to be lost: when the store was away, its worker has this time to be heard of again.
    static let doubt = RunLife.renewal + .seconds(2)

    /// The number of the newest event that the reader has.
    private(set) var cursor: Int
    private let heartbeat: Duration
    private let retry: Duration
    private var lastSent: Instant
    private var failures = 0
    /// Since when the run's worker has seemed to be dead, one look after another.
    private var lostSince: Instant?

    /// - Parameter cursor: the number of the newest event that the reader has from before; 0 for none.
    init(after cursor: Int, heartbeat: Duration, retry: Duration, at now: Instant) {
        self.cursor = cursor
        self.heartbeat = heartbeat
        self.retry = retry
        lastSent = now
    }

    mutating func next(_ input: Input, at now: Instant) -> Step {
        switch input {
        case .page(let page):
            failures = 0
            let frames = take(page.events)
            if page.end != .lost { lostSince = nil }
            switch page.end {
            case .open: return page.isFull ? Step(frames: frames, next: .look) : rest(sending: frames, at: now)
            case .ended: return Step(frames: frames, next: .end(.finished))
            case .lost:
                let since = lostSince ?? now
                lostSince = since
                guard now >= since + Self.doubt else { return rest(sending: frames, at: now) }
                return Step(frames: frames + [.failed(.workerLost)], next: .end(.workerLost))
            }
        case .gone: return Step(frames: [.failed(.notFound)], next: .end(.runGone))
        case .failed:
            failures += 1
            lostSince = nil
            return failures < Self.mostFailures ? rest(sending: [], at: now) : sendAway(.storeUnavailable)
        case .draining: return sendAway(.draining)
        }
    }

    /// The events that the reader does not have, and where some are missing what was there.
    private mutating func take(_ events: [NumberedEvent]) -> [EventFrame] {
        var frames: [EventFrame] = []
        for event in events where event.number > cursor {
            if event.number > cursor + 1 { frames.append(.gap(from: cursor + 1, to: event.number - 1)) }
            frames.append(.event(event))
            cursor = event.number
        }
        return frames
    }

    private mutating func rest(sending frames: [EventFrame], at now: Instant) -> Step {
        let isDue = frames.isEmpty && now >= lastSent + heartbeat
        if isDue || !frames.isEmpty { lastSent = now }
        return Step(
            frames: isDue ? [.heartbeat] : frames,
            next: .wait(until: min(now + EventPage.patience, lastSent + heartbeat))
        )
    }

    private func sendAway(_ end: End) -> Step { Step(frames: [.retry(retry)], next: .end(end)) }
}

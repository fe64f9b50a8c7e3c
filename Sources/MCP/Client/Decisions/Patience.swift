/// When a request has waited long enough: after a silence, which progress ends, or at the latest moment.
struct Patience: Sendable, Equatable {
    private let silence: Duration
    private let latest: ContinuousClock.Instant
    private(set) var end: ContinuousClock.Instant

    /// - Parameters:
    ///   - silence: how long nothing may be heard.
    ///   - longest: from `now`; no progress moves it.
    init(silence: Duration, longest: Duration, now: ContinuousClock.Instant) {
        self.silence = silence
        latest = now + longest
        end = min(now + silence, latest)
    }

    /// The moment after which nothing is waited for.
    var hardEnd: ContinuousClock.Instant { latest }

    mutating func progressed(at now: ContinuousClock.Instant) { end = max(end, min(now + silence, latest)) }
}

import Agent

/// Whether a failed attempt is followed by another one, and when.
struct RetryPolicy {
    enum Decision: Equatable {
        case retry(after: Duration)
        /// At once, as far as this call is concerned: how long all calls pause is the limiter's business.
        case retryWhenAllowed
        case giveUp
    }

    /// Attempts after the first.
    var maxRetries: Int

    /// What the provider may ask for; a longer wait is taken as a refusal.
    private static let longestWait = Duration.seconds(60)

    /// How long to wait after a failure when the provider does not say, as the official SDKs do: half a second, doubled
    /// with each failure before, 8 s at the most.
    /// - Parameter jitter: from 0 to 1, by chance, so that clients that failed together do not come back together.
    static func backOff(after failures: Int, jitter: Double) -> Duration {
        min(.milliseconds(500) * (1 << min(failures, 10)), .seconds(8)) * (0.75 + 0.25 * jitter)
    }

    /// - Parameters:
    ///   - retries: how many there were.
    ///   - left: until the deadline; a wait that does not end before it makes no sense.
    ///   - jitter: as ``backOff(after:jitter:)`` takes it.
    func decide(_ failure: CallFailure, retries: Int, left: Duration, jitter: Double) -> Decision {
        guard failure.isPassing, retries < maxRetries else { return .giveUp }
        let wait = failure.wait ?? Self.backOff(after: retries, jitter: jitter)
        guard wait <= Self.longestWait, wait < left else { return .giveUp }
        return failure.isOverload ? .retryWhenAllowed : .retry(after: wait)
    }
}

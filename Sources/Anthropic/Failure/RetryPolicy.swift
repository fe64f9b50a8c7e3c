import Agent

/// Whether a failed attempt is followed by another one, and when.
struct RetryPolicy {
    enum Decision: Equatable {
        case retry(after: Duration)
        case giveUp
    }

    /// Attempts after the first.
    var maxRetries: Int

    /// What the provider may ask for; a longer wait is taken as a refusal.
    private static let longestWait = Duration.seconds(60)

    /// - Parameters:
    ///   - retries: how many there were.
    ///   - left: until the deadline; a wait that does not end before it makes no sense.
    ///   - jitter: from 0 to 1, by chance, so that clients that failed together do not come back together.
    func decide(_ failure: CallFailure, retries: Int, left: Duration, jitter: Double) -> Decision {
        guard failure.isPassing, retries < maxRetries else { return .giveUp }
        let backOff = min(Duration.milliseconds(500) * (1 << min(retries, 10)), .seconds(8))
        let wait = failure.wait ?? backOff * (0.75 + 0.25 * jitter)
        guard wait <= Self.longestWait, wait < left else { return .giveUp }
        return .retry(after: wait)
    }
}

extension ParleyClient {
    /// How often, and until when, a request is sent again that was not answered, or not now.
    public struct RetryPolicy: Sendable, Hashable {
        /// Attempts one after another that come to nothing; 1: nothing is sent again. A run that is told of further begins
        /// to count anew.
        public var attempts: Int
        /// From the first attempt on; no other one begins behind it.
        public var deadline: Duration
        /// The wait behind the first failure; each further one doubles it.
        public var firstWait: Duration
        /// The longest wait, unless the service asks for a longer one.
        public var longestWait: Duration

        public init(
            attempts: Int = 6,
            deadline: Duration = .seconds(90),
            firstWait: Duration = .milliseconds(500),
            longestWait: Duration = .seconds(8)
        ) {
            self.attempts = attempts
            self.deadline = deadline
            self.firstWait = firstWait
            self.longestWait = longestWait
        }

        /// Sends nothing again.
        public static let never = Self(attempts: 1)
    }
}

/// What is left of a policy for one request.
struct Patience: Sendable, Equatable {
    typealias Instant = ContinuousClock.Instant

    private let policy: ParleyClient.RetryPolicy
    private let deadline: Instant
    private var failures = 0

    init(_ policy: ParleyClient.RetryPolicy, at now: Instant) {
        self.policy = policy
        deadline = now + policy.deadline
    }

    /// Something came of the last attempt.
    mutating func progressed() { failures = 0 }

    /// How long to wait for the next attempt; `nil`: there is to be none.
    ///
    /// - Parameters:
    ///   - least: what the service asks for.
    ///   - jitter: from 0 to 1, by chance, so that clients that failed together do not come back together.
    mutating func wait(atLeast least: Duration?, at now: Instant, jitter: Double) -> Duration? {
        failures += 1
        guard failures < policy.attempts else { return nil }
        let doubled = min(policy.firstWait * (1 << min(failures - 1, 16)), policy.longestWait)
        let wait = max(doubled * (0.5 + 0.5 * jitter), (least ?? .zero) * (1 + 0.25 * jitter))
        return now + wait < deadline ? wait : nil
    }
}

/// The clock that runs go by: the real one, or a test's.
package struct RunTimer: Sendable {
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Returns at the instant; throws when the task is cancelled before.
    package var sleep: @Sendable (_ until: ContinuousClock.Instant) async throws -> Void
    /// Whole milliseconds since 1970, UTC: for what other workers and other systems are told.
    package var date: @Sendable () -> Int

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (_ until: ContinuousClock.Instant) async throws -> Void,
        date: @escaping @Sendable () -> Int = systemMilliseconds
    ) {
        self.now = now
        self.sleep = sleep
        self.date = date
    }

    package static let system = RunTimer(
        now: { ContinuousClock.now },
        sleep: { try await ContinuousClock().sleep(until: $0) }
    )
}

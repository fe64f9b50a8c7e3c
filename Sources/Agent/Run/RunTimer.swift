/// The clock that runs go by: the real one, or a test's.
package final class RunTimer: Sendable {
    package let now: @Sendable () -> ContinuousClock.Instant
    /// Returns at the instant; throws when the task is cancelled before.
    package let sleep: @Sendable (_ until: ContinuousClock.Instant) async throws -> Void
    /// Whole milliseconds since 1970, UTC: for what other workers and other systems are told.
    package let date: @Sendable () -> Int
    /// Calls back at the instant; what it returns calls that off.
    private let alarm: @Sendable (ContinuousClock.Instant, @escaping @Sendable () -> Void) -> @Sendable () -> Void

    /// A clock of which nothing is known but how to sleep by it.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (_ until: ContinuousClock.Instant) async throws -> Void,
        date: @escaping @Sendable () -> Int = systemMilliseconds
    ) {
        self.now = now
        self.sleep = sleep
        self.date = date
        alarm = { instant, ring in
            let sleeper = Task { if (try? await sleep(instant)) != nil { ring() } }
            return { sleeper.cancel() }
        }
    }

    private init(_ alarms: Alarms) {
        now = { ContinuousClock.now }
        sleep = { try await alarms.sleep(until: $0) }
        date = systemMilliseconds
        alarm = { instant, ring in alarms.set(at: instant, ring).cancel }
    }

    package static let system = RunTimer(.shared)

    /// Calls `ring` at `instant` unless `body` has returned before. `ring` must return at once.
    func withAlarm<Result>(
        at instant: ContinuousClock.Instant,
        _ ring: @escaping @Sendable () -> Void,
        _ body: () async -> Result
    ) async -> Result {
        let callOff = alarm(instant, ring)
        defer { callOff() }
        return await body()
    }
}

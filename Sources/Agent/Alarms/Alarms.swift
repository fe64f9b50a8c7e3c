import Synchronization

/// The alarms of this process, each at most ``step`` late. Whatever waits with a time limit has one: a limit costs a place
/// on a wheel, where a task that sleeps would cost a task and a timer of the system.
package final class Alarms: Sendable {
    package static let shared = Alarms()

    /// How late an alarm may be.
    package static let step = Duration.milliseconds(10)

    private struct State {
        var wheel = AlarmWheel<@Sendable () -> Void>()
        /// The step for which somebody sleeps.
        var armed: Int?
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    private init() {}

    /// Calls `action` at `instant`, at once if that has passed, unless the alarm is cancelled before. The action must
    /// return at once.
    package func set(at instant: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> Alarm {
        let step = step(of: instant)
        let (id, mustArm) = state.withLock { state in
            let mustArm = state.armed.map { step < $0 } ?? true
            if mustArm { state.armed = step }
            return (state.wheel.set(at: step, action), mustArm)
        }
        if mustArm { arm(step) }
        return Alarm(id: id, alarms: self)
    }

    /// Returns at `instant`.
    /// - Throws: when the task is cancelled before.
    package func sleep(until instant: ContinuousClock.Instant) async throws {
        await Signal().wait(until: instant)
        try Task.checkCancellation()
    }

    fileprivate func cancel(_ id: AlarmWheel<@Sendable () -> Void>.ID) { state.withLock { _ = $0.wheel.cancel(id) } }

    /// Sleeps for the earliest alarm, and goes on with the next one. It ends with the last one, or when somebody sleeps for
    /// an earlier one.
    private func arm(_ step: Int) {
        Task {
            var step = step
            while true {
                try? await Task.sleep(until: start + Self.step * step, clock: .continuous)
                let (due, next) = state.withLock { state -> ([@Sendable () -> Void], Int?) in
                    guard state.armed == step else { return ([], nil) }
                    let due = state.wheel.due(at: step)
                    state.armed = state.wheel.next
                    return (due, state.armed)
                }
                for action in due { action() }
                guard let next else { return }
                step = next
            }
        }
    }

    /// The first step that is not before `instant`.
    private func step(of instant: ContinuousClock.Instant) -> Int {
        // Steps of 10 ms are so many attoseconds; a division of durations would take ten times as long.
        let (seconds, attoseconds) = start.duration(to: instant).components
        let length: Int64 = 10_000_000_000_000_000
        return max(0, Int(clamping: min(seconds, 1 << 40) * 100 + (attoseconds + length - 1) / length))
    }
}

/// One alarm that was set.
package struct Alarm: Sendable {
    fileprivate let id: AlarmWheel<@Sendable () -> Void>.ID
    fileprivate let alarms: Alarms

    /// It does not happen any more, unless it is happening now.
    package func cancel() { alarms.cancel(id) }
}

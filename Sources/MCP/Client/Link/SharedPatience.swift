import Synchronization

/// The patience of one request, where the reader of progress and the timer meet.
final class SharedPatience: Sendable {
    private let state: Mutex<Patience>

    init(silence: Duration, longest: Duration) {
        state = Mutex(Patience(silence: silence, longest: longest, now: .now))
    }

    var end: ContinuousClock.Instant { state.withLock { $0.end } }
    var hardEnd: ContinuousClock.Instant { state.withLock { $0.hardEnd } }

    func progressed() { state.withLock { $0.progressed(at: .now) } }

    private enum Outcome<Value: Sendable>: Sendable {
        case value(Value)
        case over
        case cancelled
    }

    /// What `work` returns, or `nil` when the patience ends first: `work` is then cancelled, and waited for.
    func bound<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value? {
        await withTaskGroup(of: Outcome<Value>.self) { group in
            group.addTask { .value(await work()) }
            group.addTask { await self.wait() ? .over : .cancelled }
            defer { group.cancelAll() }
            for await outcome in group {
                switch outcome {
                case .value(let value): return value
                case .over: return nil
                // The work notices by itself.
                case .cancelled: continue
                }
            }
            return nil
        }
    }

    /// Whether the patience has ended, and not the task.
    private func wait() async -> Bool {
        while true {
            let end = end
            guard end > .now else { return true }
            do { try await Task.sleep(until: end, clock: .continuous) } catch { return false }
        }
    }
}

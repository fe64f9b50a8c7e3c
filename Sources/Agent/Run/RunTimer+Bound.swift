import Synchronization

extension RunTimer {
    /// What `work` returns, or `nil` when `deadline` or a cancellation comes first: `work` is then cancelled, and waited
    /// for.
    ///
    /// - Parameter late: gets what `work` has returned all the same, in a task that is cancelled, and is waited for.
    func bounded<Result: Sendable>(
        by deadline: ContinuousClock.Instant,
        _ work: @escaping @Sendable () async -> Result,
        late: @escaping @Sendable (Result) async -> Void = { _ in }
    ) async -> Result? {
        let bout = Bout(work, late: late)
        return await withAlarm(at: deadline, bout.end) {
            await withTaskCancellationHandler {
                await bout.result
            } onCancel: {
                bout.end()
            }
        }
    }

    /// The same, whatever happens to the calling task meanwhile.
    func shielded<Result: Sendable>(
        by deadline: ContinuousClock.Instant,
        _ work: @escaping @Sendable () async -> Result
    ) async -> Result? {
        let bout = Bout(work, late: { _ in })
        return await withAlarm(at: deadline, bout.end) { await bout.result }
    }
}

/// Work and its end, of which the one that comes first counts.
private struct Bout<Result: Sendable>: Sendable {
    private final class Winner: Sendable { let isWork = Mutex(Bool?.none) }

    private let winner: Winner
    private let task: Task<Result?, Never>

    init(_ work: @escaping @Sendable () async -> Result, late: @escaping @Sendable (Result) async -> Void) {
        let winner = Winner()
        self.winner = winner
        task = .inheriting {
            let result = await work()
            if Self.decides(true, in: winner) { return result }
            await late(result)
            return nil
        }
    }

    var result: Result? { get async { await task.value } }

    @Sendable func end() { if Self.decides(false, in: winner) { task.cancel() } }

    private static func decides(_ isWork: Bool, in winner: Winner) -> Bool {
        winner.isWork.withLock { first in
            first = first ?? isWork
            return first == isWork
        }
    }
}

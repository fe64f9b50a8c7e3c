import Synchronization

/// Tells one task to look again. A signal that comes while nobody waits is kept for the next wait; several are one.
package final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    package func raise() {
        state.withLock { state in
            state.isRaised = state.waiter == nil
            return take(&state)
        }?.resume()
    }

    /// Returns when the signal is raised, at `deadline`, or when the task is cancelled. One task may wait at a time.
    package func wait(until deadline: ContinuousClock.Instant) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when the signal is raised, or when the task is cancelled. One task may wait at a time.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let mustReturn = state.withLock { state in
                    defer { state.isRaised = false }
                    // A cancellation from here on finds the waiter; one from before is seen here.
                    guard !state.isRaised, !Task.isCancelled else { return true }
                    state.waiter = waiter
                    return false
                }
                if mustReturn { waiter.resume() }
            }
        } onCancel: {
            state.withLock { take(&$0) }?.resume()
        }
    }

    private func take(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        defer { state.waiter = nil }
        return state.waiter
    }
}

import Synchronization

/// Tells one task to look again. A signal that comes while nobody waits is kept for the next wait; several are one.
package final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
        /// Counts the waits, so that an alarm ends no wait but its own.
        var waits: UInt64 = 0
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
    package func wait(until deadline: ContinuousClock.Instant) async { await wait(until: Optional(deadline)) }

    /// Returns when the signal is raised, or when the task is cancelled. One task may wait at a time.
    package func wait() async { await wait(until: nil) }

    private func wait(until deadline: ContinuousClock.Instant?) async {
        // A signal that is there already needs no continuation and no alarm.
        let wait: UInt64? = state.withLock { state in
            if state.isRaised {
                state.isRaised = false
                return nil
            }
            state.waits += 1
            return state.waits
        }
        guard let wait else { return }
        let alarm = deadline.map { Alarms.shared.set(at: $0) { [self] in end(wait) } }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let mustReturn = state.withLock { state in
                    // A cancellation or an alarm from here on finds the waiter; one from before is seen here.
                    guard !state.isRaised, !Task.isCancelled, state.waits == wait else {
                        state.isRaised = false
                        return true
                    }
                    state.waiter = waiter
                    return false
                }
                if mustReturn { waiter.resume() }
            }
        } onCancel: {
            state.withLock { take(&$0) }?.resume()
        }
        alarm?.cancel()
    }

    /// The time of this wait is over.
    private func end(_ wait: UInt64) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waits == wait else { return nil }
            state.waits += 1
            return take(&state)
        }?.resume()
    }

    private func take(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        defer { state.waiter = nil }
        return state.waiter
    }
}

import Synchronization

/// Closed until it is opened, then open for ever: how a test waits for an event instead of for a while.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var nextID = 0
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
        var cancelledEarly: Set<Int> = []
    }
    private let state = Mutex(State())

    package init() {}

    package var isOpen: Bool { state.withLock { $0.isOpen } }

    package func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once the gate is open.
    /// - Throws: `CancellationError` when the task is cancelled before.
    package func wait() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ready = state.withLock { state -> Result<Void, any Error>? in
                    if state.isOpen { return .success(()) }
                    if state.cancelledEarly.remove(id) != nil { return .failure(CancellationError()) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelledEarly.insert(id) }
                return waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }
}

/// A place where a number of tasks wait for each other.
package final class Rendezvous: Sendable {
    private let parties: Int
    private let arrived = Mutex(0)
    private let gate = Gate()

    package init(parties: Int) { self.parties = parties }

    /// Returns once all parties are here, or when the task is cancelled.
    package func arrive() async {
        let count = arrived.withLock { count in
            count += 1
            return count
        }
        if count >= parties { gate.open() }
        try? await gate.wait()
    }
}

import Synchronization

/// The run of a turn, shared by who follows it and who may stop it.
final class RunInHand: Sendable {
    private struct State {
        var id: String?
        var isStopped = false
    }

    private let state = Mutex(State())

    func begin(_ id: String) { state.withLock { $0.id = id } }

    /// Whether somebody has asked for its end.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Marks it as stopped.
    /// - Returns: its id; `nil`: it has not begun.
    func stop() -> String? {
        state.withLock { state in
            state.isStopped = true
            return state.id
        }
    }
}

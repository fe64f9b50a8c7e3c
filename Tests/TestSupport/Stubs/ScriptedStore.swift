package import Agent
import Synchronization

/// A store in a dictionary whose operations can be made to fail.
package final class ScriptedStore: SessionStore {
    package let name = "scripted"
    private let state: Mutex<State>

    private struct State {
        var sessions: [SessionID: StoredSession] = [:]
        var failures: [StoreError] = []
        var hanging: [@Sendable () -> Void] = []
        var commits = 0
    }

    package init(_ sessions: [String: String] = [:]) {
        var state = State()
        for (id, history) in sessions {
            guard let id = SessionID(id) else { continue }
            state.sessions[id] = StoredSession(history: Array(history.utf8), meta: nil, expiresIn: nil)
        }
        self.state = Mutex(state)
    }

    /// Makes the next operations fail, one after another.
    package func failNext(_ errors: StoreError...) { state.withLock { $0.failures += errors } }

    /// Makes the next operations hang until they are cancelled; `onHang` is called when one does.
    package func hangNext(_ count: Int, onHang: @escaping @Sendable () -> Void = {}) {
        state.withLock { $0.hanging += Array(repeating: onHang, count: count) }
    }

    /// Commits that were tried.
    package var commits: Int { state.withLock { $0.commits } }

    package func history(of id: String) -> String? {
        SessionID(id).flatMap { id in state.withLock { $0.sessions[id] } }.map {
            String(decoding: $0.history, as: UTF8.self)
        }
    }

    package func begin(_ session: SessionID) async throws(StoreError) -> StoredSession? { try await load(session) }

    package func load(_ session: SessionID) async throws(StoreError) -> StoredSession? {
        try await fail()
        return state.withLock { $0.sessions[session] }
    }

    package func commit(_ commit: SessionCommit) async throws(StoreError) {
        state.withLock { $0.commits += 1 }
        try await fail()
        state.withLock { state in
            let turns = (state.sessions[commit.session]?.meta?.turns ?? 0) + 1
            state.sessions[commit.session] = StoredSession(
                history: commit.history,
                meta: SessionMeta(turns: turns, createdAt: 1, updatedAt: 2),
                expiresIn: commit.timeToLive
            )
        }
    }

    package func clear(_ session: SessionID) async throws(StoreError) {
        try await fail()
        state.withLock { $0.sessions[session] = nil }
    }

    package func cleanup() async throws(StoreError) -> Int {
        try await fail()
        return 3
    }

    package func check() async throws(StoreError) { try await fail() }

    private func fail() async throws(StoreError) {
        if let onHang = state.withLock({ $0.hanging.isEmpty ? nil : $0.hanging.removeFirst() }) {
            onHang()
            try? await Gate().wait()
            throw StoreError(.cancelled, "cancelled")
        }
        let error = state.withLock { $0.failures.isEmpty ? nil : $0.failures.removeFirst() }
        if let error { throw error }
    }
}

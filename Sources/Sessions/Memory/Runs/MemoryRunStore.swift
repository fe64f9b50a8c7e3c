package import Agent
import Synchronization

/// The runs of one worker, in its memory.
package final class MemoryRunStore: RunStore {
    private struct State {
        var table: RunTable
        var listeners = Listeners()
    }

    package static let defaultCeiling = MemorySessionStore.defaultCeiling / 4

    private let state: Mutex<State>
    private let now: MemorySessionStore.Clock

    /// - Parameters:
    ///   - ceiling: bytes for all runs and events together.
    ///   - retention: longer than any run: for so long one that was forgotten cannot come back.
    package init(
        ceiling: Int = defaultCeiling,
        life: RunLife = RunLife(),
        retention: Duration = .seconds(120),
        now: @escaping MemorySessionStore.Clock = systemMilliseconds
    ) {
        state = Mutex(State(table: RunTable(ceiling: ceiling, life: life, retention: retention.milliseconds)))
        self.now = now
    }

    package func record(
        _ run: RunRecord,
        events: [NumberedEvent],
        keepingFrom first: Int
    ) async throws(StoreError) -> RunWish {
        try refuseWhenCancelled()
        let now = now()
        let (wish, signals) = state.withLock { state in
            let wish = state.table.record(run, events: events, keepingFrom: first, now: now)
            return (wish, events.isEmpty ? [] : state.listeners.signals(for: .run(run.id, .events)))
        }
        for signal in signals { signal.raise() }
        return wish
    }

    package func run(_ id: RunID, for caller: Caller) async throws(StoreError) -> RecordedRun? {
        try refuseWhenCancelled()
        let now = now()
        return state.withLock { $0.table.run(id, for: caller, now: now) }
    }

    package func events(of id: RunID, after number: Int, for caller: Caller) async throws(StoreError) -> EventPage? {
        try refuseWhenCancelled()
        let now = now()
        return state.withLock { $0.table.events(of: id, after: number, for: caller, now: now) }
    }

    package func cancel(_ id: RunID, for caller: Caller) async throws(StoreError) -> RunRecord.State? {
        try refuseWhenCancelled()
        let now = now()
        let (before, signals) = state.withLock { state in
            let before = state.table.cancel(id, for: caller, now: now)
            return (before, before?.isEnd == false ? state.listeners.signals(for: .run(id, .wishes)) : [])
        }
        for signal in signals { signal.raise() }
        return before
    }

    package func forget(_ id: RunID) async throws(StoreError) {
        try refuseWhenCancelled()
        drop([id])
    }

    package func watching<Result>(_ id: RunID, for topic: RunTopic, _ body: (Signal) async -> Result) async -> Result {
        let signal = Signal()
        state.withLock { $0.listeners.add(signal, for: .run(id, topic)) }
        defer { state.withLock { $0.listeners.remove(signal, for: .run(id, topic)) } }
        return await body(signal)
    }

    /// The runs of a session that `caller` may see, as far as they are recorded.
    func runs(of session: SessionID, for caller: Caller) -> Set<RunID> {
        state.withLock { $0.table.runs(of: session, for: caller) }
    }

    func runs(of principal: Principal) -> Set<RunID> { state.withLock { $0.table.runs(of: principal) } }

    /// Drops runs for good, and tells those concerned.
    func drop(_ runs: Set<RunID>) {
        let now = now()
        let signals = state.withLock { state in
            for run in runs { state.table.forget(run, now: now) }
            return runs.flatMap {
                state.listeners.signals(for: .run($0, .events)) + state.listeners.signals(for: .run($0, .wishes))
            }
        }
        for signal in signals { signal.raise() }
    }

    /// Drops what has had its time.
    func sweep() {
        let now = now()
        state.withLock { $0.table.tick(now: now) }
    }

    /// Bytes that runs and events take.
    var bytes: Int { state.withLock { $0.table.bytes } }
}

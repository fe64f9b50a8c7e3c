package import Agent
import Synchronization

/// The runs of one worker, in its memory.
package final class MemoryRunStore: RunStore {
    private struct State {
        var table: RunTable
        var signals: [Topic: [ObjectIdentifier: Signal]] = [:]

        func signals(of run: RunID, _ topic: RunTopic) -> [Signal] {
            signals[Topic(run: run, topic: topic)].map { Array($0.values) } ?? []
        }
    }

    private struct Topic: Hashable {
        var run: RunID
        var topic: RunTopic
    }

    package static let defaultCeiling = 67_108_864

    private let state: Mutex<State>
    private let now: MemorySessionStore.Clock

    /// - Parameter ceiling: bytes for all events together.
    package init(ceiling: Int = defaultCeiling, now: @escaping MemorySessionStore.Clock = systemMilliseconds) {
        state = Mutex(State(table: RunTable(ceiling: ceiling)))
        self.now = now
    }

    package func record(
        _ run: RunRecord,
        isNew: Bool,
        events: [NumberedEvent],
        keepingFrom first: Int
    ) async throws(StoreError) -> RunWish {
        let now = now()
        let (wish, signals) = state.withLock { state in
            let wish = state.table.record(run, isNew: isNew, events: events, keepingFrom: first, now: now)
            return (wish, state.signals(of: run.id, .events))
        }
        for signal in signals { signal.raise() }
        return wish
    }

    package func run(_ id: RunID, for caller: Caller) async throws(StoreError) -> RecordedRun? {
        let now = now()
        return state.withLock { $0.table.run(id, for: caller, now: now) }
    }

    package func events(of id: RunID, after number: Int, for caller: Caller) async throws(StoreError) -> EventPage? {
        let now = now()
        return state.withLock { $0.table.events(of: id, after: number, for: caller, now: now) }
    }

    package func cancel(_ id: RunID, for caller: Caller) async throws(StoreError) -> RunRecord.State? {
        let now = now()
        let (before, signals) = state.withLock { state in
            let before = state.table.cancel(id, for: caller, now: now)
            return (before, before == nil ? [] : state.signals(of: id, .wishes))
        }
        for signal in signals { signal.raise() }
        return before
    }

    package func forget(_ id: RunID) async throws(StoreError) {
        drop {
            $0.forget(id); return [id]
        }
    }

    /// Drops the runs of a session that is cleared.
    func forget(runsOf session: SessionID) { drop { $0.forget(runsOf: session) } }

    /// Drops what has had its time.
    func sweep() {
        let now = now()
        state.withLock { $0.table.tick(now: now) }
    }

    package func watching<Result>(_ id: RunID, for topic: RunTopic, _ body: (Signal) async -> Result) async -> Result {
        let topic = Topic(run: id, topic: topic)
        let signal = Signal()
        state.withLock { $0.signals[topic, default: [:]][ObjectIdentifier(signal)] = signal }
        defer {
            state.withLock { state in
                state.signals[topic]?[ObjectIdentifier(signal)] = nil
                if state.signals[topic]?.isEmpty == true { state.signals[topic] = nil }
            }
        }
        return await body(signal)
    }

    private func drop(_ body: (inout RunTable) -> Set<RunID>) {
        let signals = state.withLock { state in
            body(&state.table).flatMap { state.signals(of: $0, .events) + state.signals(of: $0, .wishes) }
        }
        for signal in signals { signal.raise() }
    }
}

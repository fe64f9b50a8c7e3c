package import Agent
import Synchronization

/// Runs in a dictionary. What the real stores do besides, about time, room and owners, is their own business.
package final class ScriptedRunStore: RunStore {
    private struct State {
        var runs: [RunID: RunRecord] = [:]
        var events: [RunID: [NumberedEvent]] = [:]
        var cancelled: Set<RunID> = []
        var forgotten: Set<RunID> = []
        var records: [RunRecord] = []
        var failures: [StoreError] = []
        var signals: [RunID: [ObjectIdentifier: Signal]] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Makes the next operations fail, one after another.
    package func failNext(_ errors: StoreError...) { state.withLock { $0.failures += errors } }

    /// What was recorded of runs, in order.
    package var records: [RunRecord] { state.withLock { $0.records } }
    package var forgotten: Set<RunID> { state.withLock { $0.forgotten } }

    package func events(of id: RunID) -> [EncodedEvent] { state.withLock { $0.events[id] ?? [] }.map(\.event) }

    package func record(
        _ run: RunRecord,
        isNew: Bool,
        events: [NumberedEvent],
        keepingFrom first: Int
    ) async throws(StoreError) -> RunWish {
        try fail()
        let (wish, signals) = state.withLock { state -> (RunWish, [Signal]) in
            guard isNew || state.runs[run.id] != nil else { return (.forgotten, []) }
            state.runs[run.id] = run
            state.records.append(run)
            let newest = state.events[run.id]?.last?.number ?? 0
            state.events[run.id, default: []] += events.filter { $0.number > newest }
            let wish: RunWish = state.cancelled.contains(run.id) ? .cancel : .nothing
            return (wish, state.signals[run.id].map { Array($0.values) } ?? [])
        }
        if !events.isEmpty { for signal in signals { signal.raise() } }
        return wish
    }

    package func run(_ id: RunID, for caller: Caller) async throws(StoreError) -> RecordedRun? {
        try fail()
        return state.withLock { state in
            state.runs[id].map { run in
                RecordedRun(record: run, lastEvent: run.state.isEnd ? state.events[id]?.last?.event : nil)
            }
        }
    }

    package func events(of id: RunID, after number: Int, for caller: Caller) async throws(StoreError) -> EventPage? {
        try fail()
        return state.withLock { state in
            state.runs[id].map { run in
                EventPage(
                    events: (state.events[id] ?? []).filter { $0.number > number },
                    end: run.state.isEnd ? .ended : .open
                )
            }
        }
    }

    package func cancel(_ id: RunID, for caller: Caller) async throws(StoreError) -> RunRecord.State? {
        try fail()
        let (before, signals) = state.withLock { state in
            state.cancelled.insert(id)
            return (state.runs[id]?.state, state.signals[id].map { Array($0.values) } ?? [])
        }
        for signal in signals { signal.raise() }
        return before
    }

    package func forget(_ id: RunID) async throws(StoreError) {
        try fail()
        state.withLock { state in
            state.runs[id] = nil
            state.events[id] = nil
            state.forgotten.insert(id)
        }
    }

    package func watching<Result>(_ id: RunID, for topic: RunTopic, _ body: (Signal) async -> Result) async -> Result {
        let signal = Signal()
        state.withLock { $0.signals[id, default: [:]][ObjectIdentifier(signal)] = signal }
        defer { state.withLock { $0.signals[id]?[ObjectIdentifier(signal)] = nil } }
        return await body(signal)
    }

    private func fail() throws(StoreError) {
        let error = state.withLock { $0.failures.isEmpty ? nil : $0.failures.removeFirst() }
        if let error { throw error }
    }
}

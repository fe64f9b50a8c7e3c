package import Agent
import Synchronization

/// Runs in a dictionary. What the real stores do besides, about time and room, is their own business.
package final class ScriptedRunStore: RunStore {
    private struct State {
        var runs: [RunID: RunRecord] = [:]
        var events: [RunID: [NumberedEvent]] = [:]
        var cancelled: Set<RunID> = []
        var forgotten: Set<RunID> = []
        var records: [RunRecord] = []
        var lost: Set<RunID> = []
        var failures: [StoreError] = []
        var holds: [Hold] = []
        var signals: [RunID: [ObjectIdentifier: Signal]] = [:]

        func run(_ id: RunID, for caller: Caller) -> RunRecord? {
            guard let run = runs[id] else { return nil }
            if case .principal(let principal) = caller, principal != run.principal { return nil }
            return run
        }
    }

    private struct Hold {
        var gate: Gate
        var onHold: @Sendable () -> Void
    }

    private let state = Mutex(State())

    package init() {}

    /// Makes the next attempt to record a run wait for `gate`; `onHold` is called when it does.
    package func holdNext(at gate: Gate, onHold: @escaping @Sendable () -> Void = {}) {
        state.withLock { $0.holds.append(Hold(gate: gate, onHold: onHold)) }
    }

    /// Lets the worker of a run die.
    package func lose(_ id: RunID) { change(id) { $0.lost.insert(id) } }

    /// Drops a run, as when its session is cleared.
    package func drop(_ id: RunID) {
        change(id) { state in
            state.runs[id] = nil
            state.events[id] = nil
            state.forgotten.insert(id)
        }
    }

    /// Makes the next operations fail, one after another.
    package func failNext(_ errors: StoreError...) { state.withLock { $0.failures += errors } }

    /// What was recorded of runs, in order.
    package var records: [RunRecord] { state.withLock { $0.records } }
    package var forgotten: Set<RunID> { state.withLock { $0.forgotten } }

    package func events(of id: RunID) -> [EncodedEvent] { state.withLock { $0.events[id] ?? [] }.map(\.event) }

    package func record(
        _ run: RunRecord,
        events: [NumberedEvent],
        keepingFrom first: Int
    ) async throws(StoreError) -> RunWish {
        if let hold = state.withLock({ $0.holds.isEmpty ? nil : $0.holds.removeFirst() }) {
            hold.onHold()
            try? await hold.gate.wait()
        }
        try fail()
        let (wish, signals) = state.withLock { state -> (RunWish, [Signal]) in
            guard !state.forgotten.contains(run.id) else { return (.forgotten, []) }
            state.runs[run.id] = run
            state.records.append(run)
            let newest = state.events[run.id]?.last?.number ?? 0
            state.events[run.id, default: []] += events.filter { $0.number > newest }
            state.events[run.id]?.removeAll { $0.number < first }
            let wish: RunWish = state.cancelled.contains(run.id) ? .cancel : .nothing
            return (wish, state.signals[run.id].map { Array($0.values) } ?? [])
        }
        if !events.isEmpty { for signal in signals { signal.raise() } }
        return wish
    }

    package func run(_ id: RunID, for caller: Caller) async throws(StoreError) -> RecordedRun? {
        try fail()
        return state.withLock { state in
            state.run(id, for: caller).map { run in
                RecordedRun(
                    record: run,
                    lastEvent: run.state.isEnd ? state.events[id]?.last?.event : nil,
                    isLost: state.lost.contains(id)
                )
            }
        }
    }

    package func events(of id: RunID, after number: Int, for caller: Caller) async throws(StoreError) -> EventPage? {
        try fail()
        return state.withLock { state in
            state.run(id, for: caller).map { run in
                EventPage(
                    events: (state.events[id] ?? []).filter { $0.number > number },
                    end: run.state.isEnd ? .ended : state.lost.contains(id) ? .lost : .open
                )
            }
        }
    }

    package func cancel(_ id: RunID, for caller: Caller) async throws(StoreError) -> RunRecord.State? {
        try fail()
        let (before, signals) = state.withLock { state in
            guard let run = state.run(id, for: caller) else { return (RunRecord.State?.none, [Signal]()) }
            state.cancelled.insert(id)
            return (run.state, state.signals[id].map { Array($0.values) } ?? [])
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

    private func change(_ id: RunID, _ body: (inout State) -> Void) {
        let signals = state.withLock { state in
            body(&state)
            return state.signals[id].map { Array($0.values) } ?? []
        }
        for signal in signals { signal.raise() }
    }

    private func fail() throws(StoreError) {
        let error = state.withLock { $0.failures.isEmpty ? nil : $0.failures.removeFirst() }
        if let error { throw error }
    }
}

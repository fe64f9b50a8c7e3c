package import Logging
import Synchronization

/// How many runs a worker takes on at once.
package struct RunLimits: Sendable {
    package var inFlight: Int
    /// Of one principal; `nil`: no limit of its own.
    package var perPrincipal: Int?

    package init(inFlight: Int = 4096, perPrincipal: Int? = nil) {
        self.inFlight = inFlight
        self.perPrincipal = perPrincipal
    }
}

/// The runs of this worker. Each has a task of its own, so that it does not end with the request that asked for it; the
/// worker's service that waits for ``ended()`` is what they all end with.
package final class RunHost: Sendable {
    private struct Table {
        /// Those whose end is not known everywhere yet.
        var runs: [RunID: HostedRun] = [:]
        /// Those that have not ended.
        var inFlight = 0
        var perPrincipal: [Principal: Int] = [:]
        var isClosed = false
        /// Told when there are no more runs.
        var waiters: [ObjectIdentifier: Signal] = [:]
    }

    private let runner: Runner
    private let store: any RunStore
    private let limits: RunLimits
    private let table = Mutex(Table())

    package init(runner: Runner, store: any RunStore, limits: RunLimits = RunLimits()) {
        self.runner = runner
        self.store = store
        self.limits = limits
    }

    /// Starts a run. What comes of it is told by ``HostedRun/reply()``.
    ///
    /// - Parameter isStreamed: whether its events are logged as they come, or its end alone.
    /// - Throws: `.overloaded` when as many run as may; a request that was answered before gets that answer all the same.
    package func start(
        _ request: RunRequest,
        isStreamed: Bool = false,
        logger: Logger
    ) async throws(RunError) -> HostedRun {
        let log = RunLog(of: request, isStreamed: isStreamed, codec: runner.codec, date: runner.timer.date)
        let run = HostedRun(request, log: log)
        let place: Place
        do throws(RunError) {
            place = try admit(run)
        } catch {
            guard error.code == .overloaded, let reply = try await runner.replay(request) else { throw error }
            run.start { reply }
            return run
        }
        run.start { [self] () async throws(RunError) in
            defer { leave(place) }
            let result = await Result { () async throws(RunError) in
                try await runner.run(request, log: log, logger: logger)
            }
            report(result, isStreamed: isStreamed, to: logger)
            return try result.get()
        }
        let keeper = RunKeeper(log: log, store: store, timer: runner.timer, logger: logger)
        // Outlives the run until its end is known everywhere; `ended` waits for it.
        _ = Task.inheriting { [self] in
            await keeper.keep(request.runID) { run.cancel(because: .wish) }
            // The store may have dropped the run before its end.
            await log.ended()
            log.settles()
            forget(request.runID)
        }
        return run
    }

    /// The stored answer of the very same request, for who proves to have asked it.
    package func recall(_ request: RunRequest) async throws(RunError) -> RunReply? { try await runner.recall(request) }

    /// The events of a run of any worker.
    package func events(of id: RunID, for caller: Caller) -> any EventSource {
        guard let run = find(id, for: caller) else { return StoredEvents(of: id, in: store, for: caller) }
        return run.log
    }

    /// A run of this worker that `caller` may see.
    package func find(_ id: RunID, for caller: Caller) -> HostedRun? {
        guard let run = table.withLock({ $0.runs[id] }) else { return nil }
        if case .principal(let principal) = caller, principal != run.request.principal { return nil }
        return run
    }

    /// A run of any worker.
    package func run(_ id: RunID, for caller: Caller) async throws(StoreError) -> RecordedRun? {
        if let run = find(id, for: caller) { return run.log.recorded }
        return try await store.lookingTwice { store throws(StoreError) in try await store.run(id, for: caller) }
    }

    /// Stops a run, or tells the worker of the run to do that; see ``RunStore/cancel(_:for:)``.
    package func cancel(_ id: RunID, for caller: Caller) async throws(StoreError) -> RunRecord.State? {
        guard let run = find(id, for: caller) else {
            return try await store.lookingTwice { store throws(StoreError) in try await store.cancel(id, for: caller) }
        }
        guard let before = run.log.recorded?.record.state else { return nil }
        if !before.isEnd { run.cancel(because: .wish) }
        return before
    }

    /// Cancels all runs, and starts no other.
    package func cancelAll() {
        let runs = table.withLock { table in
            table.isClosed = true
            return Array(table.runs.values)
        }
        for run in runs { run.cancel(because: .shutdown) }
    }

    /// Runs that are under way.
    package var inFlight: Int { table.withLock { $0.inFlight } }
    /// Whether as many run as may: only what was answered before is answered now.
    package var isFull: Bool { inFlight >= limits.inFlight }

    /// Returns when no run is under way and the ends of all are known, or when the task is cancelled.
    package func ended() async {
        let signal = Signal()
        let id = ObjectIdentifier(signal)
        table.withLock { $0.waiters[id] = signal }
        defer { table.withLock { _ = $0.waiters.removeValue(forKey: id) } }
        while !Task.isCancelled, !table.withLock({ $0.runs.isEmpty }) {
            await signal.wait(until: .now + EventPage.patience)
        }
    }

    @inline(never)
    private func report(_ result: Result<RunReply, RunError>, isStreamed: Bool, to logger: Logger) {
        switch result {
        case .success(let reply):
            guard let answer = reply.answer else { return }
            logger.info(
                "Run finished",
                metadata: [
                    "steps": "\(answer.outcome.steps)",
                    "stopped_by": "\(answer.outcome.stop?.code ?? "-")",
                    "input_tokens": "\(answer.outcome.usage.inputTokens)",
                    "output_tokens": "\(answer.outcome.usage.outputTokens)",
                ]
            )
        case .failure(let error):
            // Who gets it as a plain problem logs it; the reader of a stream may be gone.
            if isStreamed { logger.warning("Run failed", metadata: ["error": "\(error)"]) }
        }
    }

    /// What a run takes of the limits.
    private enum Place {
        case of(Principal)
        /// Nothing: the same request has a place already, whose answer this one waits for. The store bounds how many do.
        case shared
    }

    private func admit(_ run: HostedRun) throws(RunError) -> Place {
        let request = run.request
        return try table.withLock { table throws(RunError) in
            if table.isClosed { throw RunError(.draining, "the worker is shutting down") }
            let count = table.perPrincipal[request.principal, default: 0]
            let isFull = table.inFlight >= limits.inFlight
            if isFull || limits.perPrincipal.map({ count >= $0 }) == true {
                guard table.runs.values.contains(where: { $0.isRepeated(by: request) }) else {
                    throw RunError(.overloaded, isFull ? "too many runs of this worker" : "too many of this principal")
                }
                table.runs[request.runID] = run
                return .shared
            }
            table.inFlight += 1
            table.perPrincipal[request.principal] = count + 1
            table.runs[request.runID] = run
            return .of(request.principal)
        }
    }

    private func leave(_ place: Place) {
        guard case .of(let principal) = place else { return }
        table.withLock { table in
            table.inFlight -= 1
            let count = table.perPrincipal[principal, default: 0] - 1
            table.perPrincipal[principal] = count > 0 ? count : nil
        }
    }

    private func forget(_ id: RunID) {
        let waiters = table.withLock { table in
            table.runs[id] = nil
            return table.runs.isEmpty ? Array(table.waiters.values) : []
        }
        for waiter in waiters { waiter.raise() }
    }
}

extension HostedRun {
    /// Whether it is still at what `other` asks for again, under the same key.
    fileprivate func isRepeated(by other: RunRequest) -> Bool {
        request.idempotency != nil && request.idempotency == other.idempotency && request.session == other.session
            && request.principal == other.principal && !log.record.state.isEnd
    }
}

import Logging
import Synchronization

/// Lends connections, one to one caller at a time: carries out what its state machine decides. Who asks for attempts to
/// connect is told on `attempts`; `connected` and `failed` must follow for each.
final class PostgresPool: Sendable {
    typealias LinkID = UInt64
    typealias CallerID = SocketWatch.Token
    typealias Loan = (id: LinkID, link: PostgresLink)

    private typealias Caller = CheckedContinuation<Result<Loan, PostgresError>, Never>

    private struct Shared {
        var machine: StateMachine
        var links: [LinkID: PostgresLink] = [:]
        var callers: [CallerID: Caller] = [:]
        var lastLink: LinkID = 0
        var lastFailure = PostgresError(.unavailable, "not connected yet")

        mutating func takeCallers(_ ids: [CallerID]) -> [Caller] { ids.compactMap { callers.removeValue(forKey: $0) } }
    }

    /// For each attempt that is due the failures before it. At most as many at a time as the pool has places.
    let attempts: AsyncStream<Int>
    private let demand: AsyncStream<Int>.Continuation
    /// Ends when the pool has been told to stop and nobody uses it any more.
    let drained: AsyncStream<Never>
    private let isDrained: AsyncStream<Never>.Continuation
    private let watch: SocketWatch
    private let shared: Mutex<Shared>

    init(_ configuration: PostgresConfiguration, watch: SocketWatch) {
        self.watch = watch
        let machine = StateMachine(size: configuration.poolSize, maximumWaiters: configuration.maximumWaiters)
        shared = Mutex(Shared(machine: machine))
        (attempts, demand) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(configuration.poolSize))
        (drained, isDrained) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    // MARK: The callers' side

    /// A connection for this caller alone until `release`.
    ///
    /// Throws `.timeout` at `deadline`, `.cancelled`, `.overloaded`, `.unavailable`.
    func acquire(by deadline: ContinuousClock.Instant) async throws(PostgresError) -> Loan {
        while true {
            let loan = try await wait(by: deadline).get()
            // The server may have ended it while nobody was using it.
            if loan.link.isAlive() { return loan }
            loan.link.close()
            release(loan)
        }
    }

    private func wait(by deadline: ContinuousClock.Instant) async -> Result<Loan, PostgresError> {
        let id = watch.reserve()
        defer { watch.forget(id) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                enqueue(id, caller, by: deadline)
                // A cancellation that came before the caller was in the queue found nothing: it comes again.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func enqueue(_ id: CallerID, _ caller: Caller, by deadline: ContinuousClock.Instant) {
        let (answer, attempts) = shared.withLock { shared -> (Result<Loan, PostgresError>?, StateMachine.Attempts?) in
            switch shared.machine.acquire(id) {
            case .lend(let id): return (shared.links[id].map { .success((id, $0)) }, nil)
            case .wait(let attempts):
                shared.callers[id] = caller
                return (nil, attempts)
            case .refuseOverloaded:
                return (.failure(PostgresError(.overloaded, "too many callers wait for a connection")), nil)
            case .refuseUnavailable: return (.failure(shared.lastFailure), nil)
            case .refuseStopped: return (.failure(.stopped()), nil)
            }
        }
        if let answer { return caller.resume(returning: answer) }
        watch.schedule(id, at: deadline) { [weak self] _ in
            self?.leave(id, PostgresError(.timeout, "no connection came free within the wait time-out"))
        }
        if let attempts { start(attempts) }
    }

    private func cancel(_ id: CallerID) { leave(id, PostgresError(.cancelled, "the calling task was cancelled")) }

    private func leave(_ id: CallerID, _ reason: PostgresError) {
        let caller = shared.withLock { shared in
            shared.machine.leave(id) ? shared.callers.removeValue(forKey: id) : nil
        }
        caller?.resume(returning: .failure(reason))
        finishIfDrained()
    }

    /// The caller is done with its connection.
    func release(_ loan: Loan) {
        let isReusable = loan.link.isReusable
        settle(loan) { $0.released(loan.id, isReusable: isReusable) }
    }

    // MARK: The service's side

    func start() { start(shared.withLock { $0.machine.start() }) }

    /// An attempt has brought `link`.
    func connected(_ link: PostgresLink) {
        let id = shared.withLock { shared in
            shared.lastLink += 1
            shared.links[shared.lastLink] = link
            return shared.lastLink
        }
        settle((id, link)) { $0.connected(id) }
    }

    /// An attempt has failed.
    func failed(_ reason: PostgresError) {
        let (error, callers, attempts) = shared.withLock { shared in
            let message = "cannot reach PostgreSQL: \(reason.message)"
            shared.lastFailure = PostgresError(.unavailable, message, sqlState: reason.sqlState)
            let action = shared.machine.failed()
            return (shared.lastFailure, shared.takeCallers(action.fail), action.attempts)
        }
        for caller in callers { caller.resume(returning: .failure(error)) }
        start(attempts)
    }

    /// No new callers; `drained` ends with the last one that there is.
    func drain() { carryOut { $0.drain() } }

    /// The end, for all.
    func stop() {
        carryOut { $0.stop() }
        demand.finish()
        isDrained.finish()
    }

    private func carryOut(_ event: (inout StateMachine) -> StateMachine.StopAction) {
        let (callers, idle, used) = shared.withLock { shared in
            let action = event(&shared.machine)
            let idle = action.close.compactMap { shared.links.removeValue(forKey: $0) }
            let used = action.hangUp.compactMap { shared.links[$0] }
            return (shared.takeCallers(action.fail), idle, used)
        }
        for caller in callers { caller.resume(returning: .failure(.stopped())) }
        for link in idle { link.close() }
        for link in used { link.hangUp() }
        finishIfDrained()
    }

    // MARK: Both

    private func settle(
        _ loan: Loan,
        _ event: (inout StateMachine) -> (action: StateMachine.LinkAction, attempts: StateMachine.Attempts)
    ) {
        let (caller, mustClose, attempts) = shared.withLock { shared -> (Caller?, Bool, StateMachine.Attempts) in
            let (action, attempts) = event(&shared.machine)
            switch action {
            case .lend(_, let caller): return (shared.callers.removeValue(forKey: caller), false, attempts)
            case .keep: return (nil, false, attempts)
            case .close:
                shared.links[loan.id] = nil
                return (nil, true, attempts)
            }
        }
        if mustClose { loan.link.close() }
        caller?.resume(returning: .success(loan))
        start(attempts)
        finishIfDrained()
    }

    private func start(_ attempts: StateMachine.Attempts) {
        for _ in 0..<attempts.count { demand.yield(attempts.failures) }
    }

    private func finishIfDrained() {
        if shared.withLock({ $0.machine.isDrained }) { isDrained.finish() }
    }
}

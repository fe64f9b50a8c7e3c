import Agent
import Logging
import Synchronization

/// Slows all calls of a worker down together when the provider refuses one for load. Carries out what ``CallLimit``
/// decides; signals are raised and lines are logged only after the lock is released.
final class CallLimiter: Sendable {
    private struct Shared {
        var limit: CallLimit
        var signals: [CallLimit.ID: Signal] = [:]
    }

    private let pause: Pause
    private let shared: Mutex<Shared>

    /// - Parameter maxWaiting: calls that wait; one more fails at once.
    init(maxWaiting: Int, pause: Pause) {
        self.pause = pause
        shared = Mutex(Shared(limit: CallLimit(maxWaiting: maxWaiting)))
    }

    /// Calls that wait for their turn.
    var waitingCalls: Int { shared.withLock { $0.limit.waitingCalls } }
    /// Calls that were let start and have not ended.
    var underWay: Int { shared.withLock { $0.limit.underWay } }
    /// One for each call that waits.
    var signals: Int { shared.withLock { $0.signals.count } }
    /// Whether a refusal still slows calls down.
    var isLimited: Bool { shared.withLock { $0.limit.isLimited } }

    /// What `work` gives, once the call may start; `.overloaded` when it cannot soon enough before `deadline`.
    func run<Answer>(
        until deadline: ContinuousClock.Instant,
        logger: Logger,
        _ work: () async -> Result<Answer, CallFailure>
    ) async -> Result<Answer, CallFailure> {
        switch await start(by: deadline, logger) {
        case .failure(let failure): return .failure(failure)
        case .success(let ticket):
            let result = await work()
            let outcome = CallLimit.Outcome(result)
            let now = pause.now()
            perform(logger) { ((), $0.limit.ended(ticket, outcome, now: now)) }
            return result
        }
    }

    private func start(
        by deadline: ContinuousClock.Instant,
        _ logger: Logger
    ) async -> Result<CallLimit.Ticket, CallFailure> {
        let now = pause.now()
        // With less left the answer would not come in time: better to fail while the caller can still be told why.
        let reserve = min(.seconds(1), now.duration(to: deadline) / 10)
        var verdict = perform(logger) { shared in
            let (verdict, effects) = shared.limit.wants(by: deadline - reserve, now: now)
            if case .wait(let id, _) = verdict { shared.signals[id] = Signal() }
            return (verdict, effects)
        }
        while true {
            switch verdict {
            case .start(let ticket): return .success(ticket)
            case .refuse(let refusal): return .failure(CallFailure(refusal))
            case .wait(let id, let until):
                await wait(for: id, until)
                guard !Task.isCancelled else {
                    leave(id, logger)
                    return .failure(
                        CallFailure(code: .cancelled, message: "the model call was cancelled", isPassing: false)
                    )
                }
                verdict = look(id, logger)
            }
        }
    }

    /// Returns when the call is woken, at `end`, or when the task is cancelled.
    private func wait(for id: CallLimit.ID, _ end: ContinuousClock.Instant) async {
        guard let signal = shared.withLock({ $0.signals[id] }) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            group.addTask { [pause] in _ = await pause.wait(pause.now().duration(to: end)) }
            await group.next()
            group.cancelAll()
        }
    }

    private func look(_ id: CallLimit.ID, _ logger: Logger) -> CallLimit.Verdict {
        let now = pause.now()
        return perform(logger) { shared in
            let (verdict, effects) = shared.limit.looks(id, now: now)
            if case .wait = verdict {} else { shared.signals[id] = nil }
            return (verdict, effects)
        }
    }

    private func leave(_ id: CallLimit.ID, _ logger: Logger) {
        perform(logger) { shared in
            shared.signals[id] = nil
            return ((), shared.limit.leaves(id))
        }
    }

    /// Lets the limit know of an event and does what follows from it.
    private func perform<Value: Sendable>(
        _ logger: Logger,
        _ event: (inout Shared) -> (Value, CallLimit.Effects)
    ) -> Value {
        let (value, signals, notice) = shared.withLock { shared in
            let (value, effects) = event(&shared)
            return (value, effects.wake.compactMap { shared.signals[$0] }, effects.notice)
        }
        for signal in signals { signal.raise() }
        if let notice { log(notice, logger) }
        return value
    }

    private func log(_ notice: CallLimit.Notice, _ logger: Logger) {
        switch notice {
        case .began(let calls, let pause):
            logger.notice("Model calls are limited", metadata: ["calls_at_once": "\(calls)", "pause": "\(pause)"])
        case .ended(let refusals, let duration):
            logger.notice(
                "Model calls are no longer limited",
                metadata: ["refusals": "\(refusals)", "after": "\(duration)"]
            )
        }
    }
}

extension CallLimit.Outcome {
    fileprivate init<Answer>(_ result: Result<Answer, CallFailure>) {
        switch result {
        case .success: self = .answered
        case .failure(let failure) where failure.isOverload:
            self = .overloaded(wait: failure.wait, jitter: .random(in: 0...1))
        case .failure: self = .other
        }
    }
}

extension CallFailure {
    /// Final for the call: it was repeated, or waited, as long as it could.
    fileprivate init(_ refusal: CallLimit.Refusal) {
        let why =
            switch refusal {
            case .full: "as many calls as may wait for it already do"
            case .tooLate: "the call cannot start soon enough before its deadline"
            }
        self.init(code: .overloaded, message: "the provider is overloaded, and \(why)", isPassing: false)
    }
}

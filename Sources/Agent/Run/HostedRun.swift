import Synchronization

/// A run of this worker. It goes on whether anyone waits for it or not, until its end or until it is cancelled.
package final class HostedRun: Sendable {
    package enum CancelReason: Sendable {
        /// Someone asked for it.
        case wish
        /// The worker has to stop.
        case shutdown
    }

    private struct State {
        var reason: CancelReason?
        var work: Task<Result<RunReply, RunError>, Never>?
    }

    package let request: RunRequest
    package let log: RunLog
    private let state = Mutex(State())

    init(_ request: RunRequest, log: RunLog) {
        self.request = request
        self.log = log
    }

    /// What came of it. Waits for the end, whatever happens to the calling task.
    package func reply() async throws(RunError) -> RunReply {
        guard let work = state.withLock({ $0.work }) else { throw RunError(.cancelled, "the run was never started") }
        return try await work.value.get()
    }

    /// Stops the run: what was done is kept, and nothing more is begun. Of several reasons the first counts.
    package func cancel(because reason: CancelReason) {
        let work = state.withLock { state in
            state.reason = state.reason ?? reason
            return state.work
        }
        work?.cancel()
    }

    /// Runs `work` and logs its end. Once.
    func start(_ work: @escaping @Sendable () async throws(RunError) -> RunReply) {
        let task = Task.inheriting { [self] in
            var result = await Result(work)
            if case .failure(var error) = result, error.code == .cancelled, reason == .shutdown {
                error.code = .draining
                result = .failure(error)
            }
            logEnd(result)
            return result
        }
        let isCancelled = state.withLock { state in
            state.work = task
            return state.reason != nil
        }
        if isCancelled { task.cancel() }
    }

    private var reason: CancelReason? { state.withLock { $0.reason } }

    @inline(never)
    private func logEnd(_ result: Result<RunReply, RunError>) {
        switch result {
        case .success(let reply):
            guard var answer = reply.answer, answer.outcome.stop != .cleared else { return log.endsUnseen() }
            var bytes = reply.bytes
            if answer.auth != nil {
                answer.auth = nil
                bytes = log.codec.encode(answer)
            }
            log.ends(as: answer.outcome.stop == .cancelled ? .cancelled : .finished, with: .finished(bytes))
        case .failure(var error):
            if error.code == .cleared { return log.endsUnseen() }
            error.auth = nil
            log.ends(
                as: error.code == .cancelled ? .cancelled : .failed,
                with: .failed(error, requestID: request.requestID)
            )
        }
    }
}

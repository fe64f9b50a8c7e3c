import Synchronization

/// One client of a server: what its session says, and the calls that it may cancel.
final class ServedClient: Sendable {
    /// What is to be done about a message, once the session has decided.
    enum Reply: Sendable {
        case nothing
        case now(JSONRPCMessage)
        /// To be run until its end, or until `cancelled` ends.
        case later(ServerJob, cancelled: AsyncStream<Never>)
    }

    private struct State {
        var session: ServerSession
        var cancellers: [Int: AsyncStream<Never>.Continuation] = [:]
    }

    private let state: Mutex<State>

    init(_ session: ServerSession) { state = Mutex(State(session: session)) }

    var isBusy: Bool { state.withLock { $0.session.isBusy } }
    var takesBatches: Bool { state.withLock { $0.session.takesBatches } }

    func received(_ message: JSONRPCMessage, isModern: Bool = false) -> Reply {
        let (reply, canceller) = state.withLock { state -> (Reply, AsyncStream<Never>.Continuation?) in
            switch state.session.received(message, isModern: isModern) {
            case .nothing: return (.nothing, nil)
            case .reply(let answer): return (.now(answer), nil)
            case .start(let job):
                let (cancelled, canceller) = AsyncStream.makeStream(of: Never.self)
                state.cancellers[job.ticket] = canceller
                return (.later(job, cancelled: cancelled), nil)
            case .cancel(let ticket): return (.nothing, state.cancellers.removeValue(forKey: ticket))
            }
        }
        canceller?.finish()
        return reply
    }

    /// The job is done; whether its answer is still wanted.
    func finished(_ job: ServerJob) -> Bool {
        state.withLock { state in
            state.cancellers[job.ticket] = nil
            return state.session.finished(job)
        }
    }

    /// Cancels what is under way; it is still answered.
    func cancelAll() {
        let cancellers = state.withLock { state in
            defer { state.cancellers = [:] }
            return state.cancellers.values
        }
        for canceller in cancellers { canceller.finish() }
    }
}

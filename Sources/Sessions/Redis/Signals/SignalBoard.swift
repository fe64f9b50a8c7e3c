import Agent
import Redis
import Synchronization

/// The runs of this worker that wait for a lease or hold one, and the way that signals take to them.
///
/// A signal is a hint, never the truth: whoever gets one asks Redis. So one that is lost only delays, one too many only
/// costs a question, and after each gap in the subscription everybody asks.
final class SignalBoard: Sendable {
    /// Signals for runs that nobody listens for yet are kept up to this number: a run is told of an interruption that
    /// came between its begin and its hold.
    private static let earlyLimit = 256

    private struct State {
        var signals: [String: Signal] = [:]
        var early: [String] = []
    }

    private let state = Mutex(State())

    /// The channel on which this worker, and no other, is told of its runs.
    static func channel(of worker: String) -> String { "parley:worker:\(worker)" }

    /// Listens for `run` while `body` runs.
    func listening<Result>(for run: String, _ body: (Signal) async -> Result) async -> Result {
        let signal = Signal()
        let isEarly = state.withLock { state in
            state.signals[run] = signal
            let before = state.early.count
            state.early.removeAll { $0 == run }
            return state.early.count < before
        }
        if isEarly { signal.raise() }
        defer { state.withLock { _ = $0.signals.removeValue(forKey: run) } }
        return await body(signal)
    }

    /// Passes on what the subscriber heard: a message is the id of the run to tell.
    func heard(_ event: RedisSubscriber.Event) {
        switch event {
        case .subscribed:
            for signal in state.withLock({ Array($0.signals.values) }) { signal.raise() }
        case .message(let bytes):
            let run = String(decoding: bytes, as: UTF8.self)
            let signal = state.withLock { state in
                guard let signal = state.signals[run] else {
                    if state.early.count >= Self.earlyLimit { state.early.removeFirst() }
                    state.early.append(run)
                    return Signal?.none
                }
                return signal
            }
            signal?.raise()
        }
    }
}

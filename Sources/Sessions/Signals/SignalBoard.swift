import Agent
import Synchronization

/// Who of this worker listens for what, and the way that signals take to them: runs that wait for a lease or hold one,
/// those that are recorded, and readers of runs of any worker.
///
/// A signal is a hint, never the truth: whoever gets one asks the server. So one that is lost only delays, one too many only
/// costs a question, and after each gap in the subscription everybody asks.
final class SignalBoard: Sendable {
    /// Signals for turns that nobody listens for yet are kept up to this number: a run is told of an interruption that
    /// came between its begin and its hold. Whoever else is to be told listens before there is reason to.
    private static let earlyLimit = 256

    private struct State {
        var listeners = Listeners()
        var early: [SignalName] = []
    }

    private let state = Mutex(State())

    /// Listens for `name` while `body` runs.
    func listening<Result>(for name: SignalName, _ body: (Signal) async -> Result) async -> Result {
        let signal = Signal()
        let isEarly = state.withLock { state in
            state.listeners.add(signal, for: name)
            let before = state.early.count
            state.early.removeAll { $0 == name }
            return state.early.count < before
        }
        if isEarly { signal.raise() }
        defer { state.withLock { $0.listeners.remove(signal, for: name) } }
        return await body(signal)
    }

    /// A signal has come, by the text of its name.
    func heard(_ text: [UInt8]) {
        let name = SignalName(String(decoding: text, as: UTF8.self))
        let signals = state.withLock { state in
            let signals = state.listeners.signals(for: name)
            if signals.isEmpty, case .turn = name {
                if state.early.count >= Self.earlyLimit { state.early.removeFirst() }
                state.early.append(name)
            }
            return signals
        }
        for signal in signals { signal.raise() }
    }

    /// The subscription has begun, perhaps after a gap: there may be news for everybody.
    func hasGap() {
        for signal in state.withLock({ $0.listeners.all }) { signal.raise() }
    }
}

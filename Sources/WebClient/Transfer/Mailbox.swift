import Synchronization

/// What tasks ask of the transfer thread.
enum Command: Sendable {
    case start(Transfer)
    /// The reader has room again.
    case resume(Transfer.ID)
    /// Nobody waits for the transfer any more.
    case abort(Transfer.ID)
}

/// Where tasks leave commands for the transfer thread. Bounded: a transfer counts from its submission until the thread
/// has let go of it, and has at most one `start`, one `abort` and one `resume` under way.
final class Mailbox: Sendable {
    enum Phase { case idle, running, draining, stopped }

    private struct Shared {
        var phase = Phase.idle
        var admitted = 0
        var lastID: Transfer.ID = 0
        var commands: [Command] = []
        var wakeUp: WakeUp?
        var ended: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let shared = Mutex(Shared())

    /// - Parameter limit: transfers at a time.
    init(limit: Int) { self.limit = limit }

    // MARK: The tasks' side

    var inFlight: Int { shared.withLock { $0.admitted } }

    /// Makes a transfer of `request` and asks for its start.
    func submit(_ request: WebRequest, origin: String) throws(WebError) -> Transfer {
        let (result, wakeUp) = shared.withLock { shared -> (Result<Transfer, WebError>, WakeUp?) in
            guard shared.phase == .idle || shared.phase == .running else {
                return (.failure(WebError(.stopped, "the web client has stopped")), nil)
            }
            guard shared.admitted < limit else {
                return (.failure(WebError(.overloaded, "\(limit) requests are in flight")), nil)
            }
            shared.admitted += 1
            shared.lastID += 1
            let transfer = Transfer(id: shared.lastID, request: request, origin: origin, mailbox: self)
            shared.commands.append(.start(transfer))
            return (.success(transfer), shared.commands.count == 1 ? shared.wakeUp : nil)
        }
        wakeUp?.signal()
        return try result.get()
    }

    func post(_ command: Command) {
        let wakeUp = shared.withLock { shared -> WakeUp? in
            guard shared.phase != .stopped else { return nil }
            shared.commands.append(command)
            return shared.commands.count == 1 ? shared.wakeUp : nil
        }
        wakeUp?.signal()
    }

    /// Takes no new transfers; the thread ends with the last one.
    func drain() { end(.draining) }

    /// Takes no new transfers; the thread fails those there are and ends.
    func stop() { end(.stopped) }

    private func end(_ phase: Phase) {
        let wakeUp = shared.withLock { shared -> WakeUp? in
            if shared.phase != .stopped { shared.phase = phase }
            return shared.wakeUp
        }
        wakeUp?.signal()
    }

    /// Lets the thread begin: `false` when it began before.
    func open(_ wakeUp: WakeUp) -> Bool {
        // Whoever left commands before could wake nobody.
        wakeUp.signal()
        return shared.withLock { shared in
            guard shared.wakeUp == nil else { return false }
            shared.wakeUp = wakeUp
            if shared.phase == .idle { shared.phase = .running }
            return true
        }
    }

    /// The thread cannot begin. Fails what waits for it, unless it runs already.
    func closeUnlessOpen() {
        if shared.withLock({ $0.wakeUp == nil }) { close() }
    }

    /// Returns when the thread has ended.
    func waitForEnd(start thread: () -> Void) async {
        await withCheckedContinuation { continuation in
            shared.withLock { $0.ended = continuation }
            thread()
        }
    }

    // MARK: The transfer thread's side

    /// The commands since the last time, and whether the thread may end once it holds no transfer.
    func collect() -> (commands: [Command], phase: Phase) {
        shared.withLock { shared in
            let commands = shared.commands
            shared.commands = []
            return (commands, shared.phase)
        }
    }

    /// The thread has let go of a transfer.
    func release() { shared.withLock { $0.admitted -= 1 } }

    /// The thread's last word. Fails what was submitted and never started.
    func close() {
        let (commands, ended) = shared.withLock { shared in
            let taken = (shared.commands, shared.ended)
            shared.phase = .stopped
            shared.commands = []
            shared.ended = nil
            return taken
        }
        for case .start(let transfer) in commands { transfer.ended(.stopped)?() }
        ended?.resume()
    }
}

extension WebError {
    static var stopped: WebError { WebError(.stopped, "the web client has stopped") }
}

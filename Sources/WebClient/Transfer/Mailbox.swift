import Synchronization

/// What tasks ask of the loop.
enum Command: Sendable {
    case start(Transfer)
    /// The reader has room again.
    case resume(Transfer.ID)
    /// Nobody waits for the transfer any more.
    case abort(Transfer.ID)
}

/// Where tasks leave commands for the loop. Bounded: a transfer counts from its submission until the loop has let go of it,
/// and has at most one `start`, one `abort` and one `resume` under way.
final class Mailbox: Sendable {
    enum Phase { case idle, running, draining, stopped }

    private struct Shared {
        var phase = Phase.idle
        var hasOpened = false
        var admitted = 0
        var lastID: Transfer.ID = 0
        var commands: [Command] = []
        /// Carries out what lies here; `nil` before it runs, and after.
        var loop: TransferLoop?
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
        let (result, loop) = shared.withLock { shared -> (Result<Transfer, WebError>, TransferLoop?) in
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
            return (.success(transfer), shared.commands.count == 1 ? shared.loop : nil)
        }
        loop?.attend()
        return try result.get()
    }

    func post(_ command: Command) {
        let loop = shared.withLock { shared -> TransferLoop? in
            guard shared.phase != .stopped else { return nil }
            shared.commands.append(command)
            return shared.commands.count == 1 ? shared.loop : nil
        }
        loop?.attend()
    }

    /// Takes no new transfers; the thread ends with the last one.
    func drain() { end(.draining) }

    /// Takes no new transfers; those there are fail, and the thread ends.
    func stop() { end(.stopped) }

    private func end(_ phase: Phase) {
        let loop = shared.withLock { shared -> TransferLoop? in
            if shared.phase != .stopped { shared.phase = phase }
            return shared.loop
        }
        loop?.wake()
    }

    /// Lets the loop begin: `false` when one began before.
    func open(_ loop: TransferLoop) -> Bool {
        // Whoever left commands before could wake nobody.
        loop.wake()
        return shared.withLock { shared in
            guard !shared.hasOpened else { return false }
            shared.hasOpened = true
            shared.loop = loop
            if shared.phase == .idle { shared.phase = .running }
            return true
        }
    }

    /// The loop cannot begin. Fails what waits for it, unless one has begun already.
    func closeUnlessOpen() {
        if !shared.withLock({ $0.hasOpened }) { close() }
    }

    /// Returns when the thread has ended.
    func waitForEnd(start thread: () -> Void) async {
        await withCheckedContinuation { continuation in
            shared.withLock { $0.ended = continuation }
            thread()
        }
    }

    // MARK: The loop's side

    /// The commands since the last time, and whether the thread may end once the loop holds no transfer.
    func collect() -> (commands: [Command], phase: Phase) {
        shared.withLock { shared in
            let commands = shared.commands
            shared.commands = []
            return (commands, shared.phase)
        }
    }

    /// The loop has let go of a transfer.
    func release() { shared.withLock { $0.admitted -= 1 } }

    /// The thread's last word. Fails what was submitted and never started.
    func close() {
        let (commands, ended) = shared.withLock { shared in
            let taken = (shared.commands, shared.ended)
            shared.phase = .stopped
            shared.commands = []
            shared.ended = nil
            shared.loop = nil
            return taken
        }
        for case .start(let transfer) in commands { transfer.ended(.stopped)?() }
        ended?.resume()
    }
}

extension WebError {
    static var stopped: WebError { WebError(.stopped, "the web client has stopped") }
}

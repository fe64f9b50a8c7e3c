import Synchronization

/// The loop of all transfers, and who moves it on. A thread of its own waits for the network. What a task asks for it does
/// itself, when nobody else has the loop at that moment: a request is then on its way before another thread would have woken.
final class TransferLoop: Sendable {
    private let loop: Mutex<CurlLoop>
    private let readiness: Readiness
    private let wakeUp: WakeUp

    init(mailbox: Mailbox, settings: WebClient.Settings) throws(WebError) {
        wakeUp = try WakeUp()
        readiness = try Readiness(wakeUp: wakeUp)
        loop = Mutex(try CurlLoop(mailbox: mailbox, readiness: readiness, settings: settings))
    }

    /// Sees to what lies in the mailbox. Whoever has the loop may have looked there already, so the thread looks again.
    func attend() {
        let turn = loop.withLockIfAvailable { loop in
            let (wakes, phase) = loop.turn()
            return (wakes: wakes, needsThread: phase != .running || loop.isDueBeforeThreadWakes)
        }
        guard let turn else { return wakeUp.signal() }
        for wake in turn.wakes { wake() }
        if turn.needsThread { wakeUp.signal() }
    }

    /// Has the thread look at the mailbox.
    func wake() { wakeUp.signal() }

    /// Ends all transfers.
    func end() {
        let wakes = loop.withLock { $0.stop() }
        for wake in wakes { wake() }
    }

    /// Waits for the network, until the mailbox is stopped, or draining and the last transfer done.
    func run() {
        var buffer = Readiness.Buffer()
        var isOver = false
        while !isOver {
            let timeout = loop.withLock { $0.timeout() }
            let events = readiness.wait(milliseconds: timeout, &buffer)
            let wakes = loop.withLock { loop in
                var (wakes, phase) = loop.turn(events)
                isOver = phase == .stopped || (phase == .draining && loop.isIdle)
                if isOver { wakes += loop.stop() }
                return wakes
            }
            for wake in wakes { wake() }
        }
    }
}

import CCurl

/// libcurl's multi interface, told by whoever has it which sockets are ready, that time has passed and what the mailbox
/// holds. Used by one thread at a time, see ``TransferLoop``.
/// Source: https://curl.se/libcurl/c/curl_multi_socket_action.html
final class CurlLoop {
    /// Until when the thread that waits for sockets will wait; `nil`: until it is woken.
    private var waitsUntil: ContinuousClock.Instant?
    private var multis: [CurlMulti] = []
    private let mailbox: Mailbox
    private let settings: WebClient.Settings
    private let readiness: Readiness
    private var transfers: [Transfer.ID: EasyHandle] = [:]
    /// No transfer's deadline is before this; `nil` when none is watched.
    private var nextDeadline: ContinuousClock.Instant?
    private let wakes = WakeList()
    /// Of the last request: those of one caller have the same ones.
    private var lines: HeaderLines?
    /// Transfers whose socket cannot be watched: nothing would ever come of them.
    private var unwatched: [Transfer.ID] = []

    init(mailbox: Mailbox, readiness: Readiness, settings: WebClient.Settings) throws(WebError) {
        guard Curl.isReady else { throw WebError(.overloaded, "libcurl does not start") }
        self.readiness = readiness
        self.mailbox = mailbox
        self.settings = settings
    }

    /// All transfers have ended before, see ``stop()``. The multi handles leave before the epoll descriptor that they report to.
    deinit { multis = [] }

    /// Does all that there is to do, and tells who is to be woken when the loop is free again.
    func turn(_ events: [Readiness.Event] = []) -> (wakes: [Transfer.Wake], phase: Mailbox.Phase) {
        for event in events { multis[event.tag].ready(event) }
        let (commands, phase) = mailbox.collect()
        for command in commands { carryOut(command) }
        fireTimers()
        finishTransfers()
        finishUnwatched()
        finishOverdue()
        return (wakes.take(), phase)
    }

    /// Ends all transfers.
    func stop() -> [Transfer.Wake] {
        for id in Array(transfers.keys) { finish(id, with: .stopped) }
        return wakes.take()
    }

    var isIdle: Bool { transfers.isEmpty }

    /// Whether there is something to do before the thread that waits for sockets wakes by itself.
    var isDueBeforeThreadWakes: Bool {
        guard let next else { return false }
        return waitsUntil.map { next < $0 } ?? true
    }

    /// When there is something to do although nothing has happened; `nil`: never.
    private var next: ContinuousClock.Instant? {
        var next = nextDeadline
        for multi in multis {
            guard let timer = multi.timer else { continue }
            next = next.map { min($0, timer) } ?? timer
        }
        return next
    }

    /// The thread is going to wait for sockets: for how many milliseconds; -1: until it is woken.
    func timeout() -> Int32 {
        waitsUntil = next
        guard let waitsUntil else { return -1 }
        let left = ContinuousClock.now.duration(to: waitsUntil)
        return left <= .zero ? 0 : Int32(clamping: left.wholeMilliseconds)
    }

    // MARK: Events

    private func fireTimers() {
        let now = ContinuousClock.now
        for multi in multis { multi.fireTimer(at: now) }
    }

    private func watch(_ socket: Int32, for what: Int32, of easy: UnsafeMutableRawPointer?, _ multi: CurlMulti) {
        guard what != Int32(CURL_POLL_REMOVE) else { return readiness.forget(socket) }
        let isWatched = readiness.watch(
            socket,
            tag: multi.number,
            reading: what & Int32(CURL_POLL_IN) != 0,
            writing: what & Int32(CURL_POLL_OUT) != 0
        )
        // Not ended here: libcurl's callbacks must not take handles out.
        if !isWatched, let handle = easy.flatMap(EasyHandle.of) { unwatched.append(handle.transfer.id) }
    }

    /// The first that has room: connections that are kept are found again by the next transfers.
    private func multiWithRoom() throws(WebError) -> CurlMulti {
        if let multi = multis.first(where: { !$0.isFull }) { return multi }
        let multi = try CurlMulti(number: multis.count, idleConnections: settings.idleConnections) {
            [unowned self] socket, what, easy, multi in
            watch(socket, for: what, of: easy, multi)
        }
        multis.append(multi)
        return multi
    }

    // MARK: Transfers

    private func carryOut(_ command: Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .resume(let id):
            if let error = transfers[id]?.resume() { finish(id, with: error) }
        case .abort(let id): finish(id, with: nil)
        }
    }

    private func start(_ transfer: Transfer) {
        // It may have been cancelled before this thread came to it.
        guard !transfer.isOver else { return mailbox.release() }
        do throws(WebError) {
            let lines = try lines(for: transfer.request.headers)
            let handle = try EasyHandle(transfer, lines: lines, settings: settings, wakes: wakes)
            try handle.attach(to: multiWithRoom())
            transfers[transfer.id] = handle
            nextDeadline = min(nextDeadline ?? transfer.request.deadline, transfer.request.deadline)
        } catch {
            wakes.add(transfer.ended(error))
            mailbox.release()
        }
    }

    private func lines(for headers: WebHeaders) throws(WebError) -> HeaderLines {
        if let lines, lines.headers == headers { return lines }
        let lines = try HeaderLines(headers)
        self.lines = lines
        return lines
    }

    /// Hands out the results of the transfers that libcurl has done.
    private func finishTransfers() {
        for multi in multis {
            while let (handle, result) = multi.nextDone() {
                finish(handle.transfer.id, with: handle.error(for: result), isDone: true)
            }
        }
    }

    private func finishUnwatched() {
        while let id = unwatched.popLast() {
            guard let handle = transfers[id] else { continue }
            let code: WebError.Code = handle.hasSent ? .closed : .overloaded
            finish(id, with: WebError(code, "\(handle.transfer.origin): the system watches no more sockets"))
        }
    }

    /// Ends what is late. It looks at all transfers, but seldom: the next time is the earliest deadline of those that are
    /// there now, and most of them end long before. When many do not, those of 10 ms are ended together.
    private func finishOverdue() {
        let now = ContinuousClock.now
        guard let nextDeadline, nextDeadline <= now else { return }
        for (id, handle) in transfers where handle.transfer.request.deadline <= now {
            // Its peer may be gone without a word; a later request should not find out again.
            handle.forbidReuse()
            finish(id, with: WebError(.deadline, "\(handle.transfer.origin): the deadline passed"))
        }
        let earliest = transfers.values.lazy.map(\.transfer.request.deadline).min()
        self.nextDeadline = earliest.map { max($0, now + .milliseconds(10)) }
    }

    /// Takes the transfer out; libcurl closes its connection, or resets its stream, unless it was done.
    private func finish(_ id: Transfer.ID, with error: WebError?, isDone: Bool = false) {
        guard let handle = transfers.removeValue(forKey: id) else { return }
        handle.detach()
        if isDone || error != nil { wakes.add(handle.transfer.ended(error)) }
        mailbox.release()
    }
}

extension Duration {
    /// Rounded up, so that what waits this long has waited long enough.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(max(seconds, 0), Int64(Int32.max))) * 1000
            + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

import CCurl

/// The transfer thread's loop: libcurl's multi interface, told by epoll which sockets are ready, by its own timer when
/// time has passed and by the mailbox what the tasks want. Used by that thread alone.
/// Source: https://curl.se/libcurl/c/curl_multi_socket_action.html
final class CurlLoop {
    private var multis: [CurlMulti] = []
    private let mailbox: Mailbox
    private let settings: WebClient.Settings
    private var readiness: Readiness
    private var transfers: [Transfer.ID: EasyHandle] = [:]
    /// No transfer's deadline is before this; `nil` when none is watched.
    private var nextDeadline: ContinuousClock.Instant?
    private let wakes = WakeList()
    /// Of the last request: those of one caller have the same ones.
    private var lines: HeaderLines?
    /// Transfers whose socket cannot be watched: nothing would ever come of them.
    private var unwatched: [Transfer.ID] = []

    init(mailbox: Mailbox, wakeUp: WakeUp, settings: WebClient.Settings) throws(WebError) {
        guard Curl.isReady else { throw WebError(.overloaded, "libcurl does not start") }
        readiness = try Readiness(wakeUp: wakeUp)
        self.mailbox = mailbox
        self.settings = settings
    }

    deinit {
        // Handles leave before their multi handle does, and both before the epoll descriptor that they report to.
        for (_, handle) in transfers { handle.detach() }
        multis = []
    }

    /// Returns once the mailbox is stopped, or draining and the last transfer done.
    func run() {
        while true {
            for event in readiness.wait(milliseconds: timeout()) { ready(event) }
            fireTimers()
            let (commands, phase) = mailbox.collect()
            for command in commands { carryOut(command) }
            finishTransfers()
            finishUnwatched()
            finishOverdue()
            wakes.wakeAll()
            if phase == .stopped || (phase == .draining && transfers.isEmpty) { break }
        }
        for id in Array(transfers.keys) { finish(id, with: .stopped) }
        wakes.wakeAll()
    }

    // MARK: Events

    private func ready(_ event: Readiness.Event) { multis[event.tag].ready(event) }

    private func timeout() -> Int32 {
        var next = nextDeadline
        for multi in multis {
            guard let timer = multi.timer else { continue }
            next = next.map { min($0, timer) } ?? timer
        }
        guard let next else { return -1 }
        let left = ContinuousClock.now.duration(to: next)
        return left <= .zero ? 0 : Int32(clamping: left.wholeMilliseconds)
    }

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

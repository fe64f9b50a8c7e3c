import CCurl

/// The transfer thread's loop: libcurl's multi interface, told by epoll which sockets are ready, by its own timer when
/// time has passed and by the mailbox what the tasks want. Used by that thread alone.
/// Source: https://curl.se/libcurl/c/curl_multi_socket_action.html
final class CurlLoop {
    private let multi: UnsafeMutableRawPointer
    private let mailbox: Mailbox
    private let settings: WebClient.Settings
    private var readiness: Readiness
    private var transfers: [Transfer.ID: EasyHandle] = [:]
    /// When libcurl wants to be called although no socket is ready.
    private var timer: ContinuousClock.Instant?
    /// No transfer's deadline is before this; `nil` when none is watched.
    private var nextDeadline: ContinuousClock.Instant?
    /// Transfers whose socket cannot be watched: nothing would ever come of them.
    private var unwatched: [Transfer.ID] = []

    init(mailbox: Mailbox, wakeUp: WakeUp, settings: WebClient.Settings) throws(WebError) {
        guard Curl.isReady, let multi = curl_multi_init() else { throw WebError(.overloaded, "libcurl does not start") }
        do throws(WebError) {
            readiness = try Readiness(wakeUp: wakeUp)
        } catch {
            curl_multi_cleanup(multi)
            throw error
        }
        self.multi = multi
        self.mailbox = mailbox
        self.settings = settings
        let context = Unmanaged.passUnretained(self).toOpaque()
        parley_curl_multi_set_socket_callback(multi, socketChanged, context)
        parley_curl_multi_set_timer_callback(multi, timerChanged, context)
        parley_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        limitConnections()
    }

    deinit {
        // Handles leave before the multi handle does, and both before the epoll descriptor that they report to.
        for (_, handle) in transfers { handle.detach(from: multi) }
        curl_multi_cleanup(multi)
    }

    /// Returns once the mailbox is stopped, or draining and the last transfer done.
    func run() {
        while true {
            for event in readiness.wait(milliseconds: timeout()) { ready(event) }
            fireTimer()
            let (commands, phase) = mailbox.collect()
            for command in commands { carryOut(command) }
            finishTransfers()
            finishUnwatched()
            finishOverdue()
            if phase == .stopped || (phase == .draining && transfers.isEmpty) { break }
        }
        for id in Array(transfers.keys) { finish(id, with: .stopped) }
    }

    // MARK: Events

    private func ready(_ event: Readiness.Event) {
        let bits =
            (event.isReadable ? CURL_CSELECT_IN : 0) | (event.isWritable ? CURL_CSELECT_OUT : 0)
            | (event.hasFailed ? CURL_CSELECT_ERR : 0)
        var running: Int32 = 0
        curl_multi_socket_action(multi, event.socket, bits, &running)
    }

    private func timeout() -> Int32 {
        guard let next = [timer, nextDeadline].compactMap(\.self).min() else { return -1 }
        let left = ContinuousClock.now.duration(to: next)
        return left <= .zero ? 0 : Int32(clamping: left.wholeMilliseconds)
    }

    private func fireTimer() {
        guard let timer, timer <= .now else { return }
        self.timer = nil
        var running: Int32 = 0
        curl_multi_socket_action(multi, Curl.noSocket, 0, &running)
    }

    fileprivate func watch(_ socket: Int32, for what: Int32, of easy: UnsafeMutableRawPointer?) {
        guard what != Int32(CURL_POLL_REMOVE) else { return readiness.forget(socket) }
        let isWatched = readiness.watch(
            socket,
            reading: what & Int32(CURL_POLL_IN) != 0,
            writing: what & Int32(CURL_POLL_OUT) != 0
        )
        // Not ended here: libcurl's callbacks must not take handles out.
        if !isWatched, let handle = easy.flatMap(EasyHandle.of) { unwatched.append(handle.transfer.id) }
    }

    fileprivate func setTimer(milliseconds: Int) {
        timer = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
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
            let handle = try EasyHandle(transfer, settings: settings)
            try handle.attach(to: multi)
            transfers[transfer.id] = handle
            nextDeadline = min(nextDeadline ?? transfer.request.deadline, transfer.request.deadline)
            limitConnections()
        } catch {
            transfer.ended(error)
            mailbox.release()
        }
    }

    /// Hands out the results of the transfers that libcurl has done.
    private func finishTransfers() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = EasyHandle.of(message.pointee.easy_handle) else {
                continue
            }
            let result = parley_curl_message_result(message)
            finish(handle.transfer.id, with: handle.error(for: result), isDone: true)
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

    /// libcurl counts connections that are in use as well; a transfer uses one at most.
    private func limitConnections() {
        parley_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, transfers.count + settings.idleConnections)
    }

    /// Takes the transfer out; libcurl closes its connection, or resets its stream, unless it was done.
    private func finish(_ id: Transfer.ID, with error: WebError?, isDone: Bool = false) {
        guard let handle = transfers.removeValue(forKey: id) else { return }
        handle.detach(from: multi)
        if isDone || error != nil { handle.transfer.ended(error) }
        limitConnections()
        mailbox.release()
    }
}

private func socketChanged(
    easy: UnsafeMutableRawPointer?,
    socket: curl_socket_t,
    what: Int32,
    loop: UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> Int32 {
    if let loop { Unmanaged<CurlLoop>.fromOpaque(loop).takeUnretainedValue().watch(socket, for: what, of: easy) }
    return 0
}

private func timerChanged(
    _: UnsafeMutableRawPointer?,
    milliseconds: Int,
    loop: UnsafeMutableRawPointer?
) -> Int32 {
    if let loop { Unmanaged<CurlLoop>.fromOpaque(loop).takeUnretainedValue().setTimer(milliseconds: milliseconds) }
    return 0
}

extension Duration {
    /// Rounded up, so that what waits this long has waited long enough.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(max(seconds, 0), Int64(Int32.max))) * 1000
            + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

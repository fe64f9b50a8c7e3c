import CCurl

/// One of libcurl's multi handles, with the connections that it keeps. Used by whoever has the loop.
///
/// A multi handle looks at each of its connections when a transfer starts: with thousands of them that costs more than the
/// transfer. So each carries up to ``mostTransfers``, and the loop has as many as it needs.
final class CurlMulti {
    static let mostTransfers = 256

    /// Which one of the loop's it is.
    let number: Int
    /// Transfers that it carries.
    private(set) var count = 0
    /// When libcurl wants to be called although no socket is ready.
    private(set) var timer: ContinuousClock.Instant?
    private let multi: UnsafeMutableRawPointer
    private let idleConnections: Int
    /// Called when libcurl wants a socket watched for something else.
    private let watch: (_ socket: Int32, _ what: Int32, UnsafeMutableRawPointer?, CurlMulti) -> Void

    init(
        number: Int,
        idleConnections: Int,
        watch: @escaping (Int32, Int32, UnsafeMutableRawPointer?, CurlMulti) -> Void
    ) throws(WebError) {
        guard let multi = curl_multi_init() else { throw WebError(.overloaded, "libcurl has no memory") }
        self.number = number
        self.multi = multi
        self.idleConnections = idleConnections
        self.watch = watch
        let context = Unmanaged.passUnretained(self).toOpaque()
        parley_curl_multi_set_socket_callback(multi, socketChanged, context)
        parley_curl_multi_set_timer_callback(multi, timerChanged, context)
        parley_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        limitConnections()
    }

    /// Its transfers have left before.
    deinit { curl_multi_cleanup(multi) }

    var isFull: Bool { count >= Self.mostTransfers }

    /// - Throws: `.overloaded` when libcurl takes no more.
    func add(_ easy: UnsafeMutableRawPointer) throws(WebError) {
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
            throw WebError(.overloaded, "libcurl takes no more transfers")
        }
        count += 1
        limitConnections()
    }

    func remove(_ easy: UnsafeMutableRawPointer) {
        curl_multi_remove_handle(multi, easy)
        count -= 1
        limitConnections()
    }

    func ready(_ event: Readiness.Event) {
        let bits =
            (event.isReadable ? CURL_CSELECT_IN : 0) | (event.isWritable ? CURL_CSELECT_OUT : 0)
            | (event.hasFailed ? CURL_CSELECT_ERR : 0)
        var running: Int32 = 0
        curl_multi_socket_action(multi, event.socket, bits, &running)
    }

    func fireTimer(at now: ContinuousClock.Instant) {
        guard let timer, timer <= now else { return }
        self.timer = nil
        var running: Int32 = 0
        curl_multi_socket_action(multi, Curl.noSocket, 0, &running)
    }

    /// The next transfer that libcurl has done, and what came of it.
    func nextDone() -> (EasyHandle, CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = EasyHandle.of(message.pointee.easy_handle) else {
                continue
            }
            return (handle, parley_curl_message_result(message))
        }
        return nil
    }

    /// libcurl counts connections that are in use as well; a transfer uses one at most.
    private func limitConnections() {
        parley_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, count + idleConnections)
    }

    fileprivate func changed(_ socket: Int32, _ what: Int32, _ easy: UnsafeMutableRawPointer?) {
        watch(socket, what, easy, self)
    }

    fileprivate func setTimer(milliseconds: Int) {
        timer = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
    }
}

private func socketChanged(
    easy: UnsafeMutableRawPointer?,
    socket: curl_socket_t,
    what: Int32,
    multi: UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> Int32 {
    if let multi { Unmanaged<CurlMulti>.fromOpaque(multi).takeUnretainedValue().changed(socket, what, easy) }
    return 0
}

private func timerChanged(
    _: UnsafeMutableRawPointer?,
    milliseconds: Int,
    multi: UnsafeMutableRawPointer?
) -> Int32 {
    if let multi { Unmanaged<CurlMulti>.fromOpaque(multi).takeUnretainedValue().setTimer(milliseconds: milliseconds) }
    return 0
}

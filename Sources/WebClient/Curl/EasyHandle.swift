import CCurl

/// One transfer as libcurl sees it. Used by whoever has the loop; libcurl's callbacks get it as their context.
final class EasyHandle {
    let transfer: Transfer
    private let easy: UnsafeMutableRawPointer
    private let wakes: WakeList
    private var multi: CurlMulti?
    private let lines: HeaderLines
    private var headParser: ResponseHeadParser
    /// Bytes of the request's body that libcurl has taken, where it is not given all of it at once.
    private var sent = 0
    /// Why a callback stopped the transfer, which libcurl itself only reports as a failed write.
    private var refusal: WebError?

    /// Throws `.deadline` when that has passed, `.overloaded` without memory, `.invalid` when libcurl refuses the URL.
    init(
        _ transfer: Transfer,
        lines: HeaderLines,
        settings: WebClient.Settings,
        wakes: WakeList
    ) throws(WebError) {
        guard let easy = curl_easy_init() else { throw WebError(.overloaded, "libcurl has no memory") }
        self.transfer = transfer
        self.easy = easy
        self.wakes = wakes
        self.lines = lines
        headParser = ResponseHeadParser(limit: transfer.request.limits.headBytes)
        try EasyOptions(easy, transfer: transfer, settings: settings).apply()
        parley_curl_set_list(easy, CURLOPT_HTTPHEADER, lines.list)
        setCallbacks()
    }

    deinit { curl_easy_cleanup(easy) }

    /// The handle that libcurl reports on.
    static func of(_ easy: UnsafeMutableRawPointer) -> EasyHandle? {
        parley_curl_get_private(easy).map { Unmanaged<EasyHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    func attach(to multi: CurlMulti) throws(WebError) {
        try multi.add(easy)
        self.multi = multi
    }

    func detach() { multi?.remove(easy) }

    /// Lets the peer go on after a pause. The error, if any, has ended the transfer; libcurl does not report it again.
    func resume() -> WebError? { error(for: curl_easy_pause(easy, 0)) }

    /// Has the connection closed, not kept, when this transfer leaves it as the last one.
    func forbidReuse() { parley_curl_set_long(easy, CURLOPT_FORBID_REUSE, 1) }

    /// Whether any of the request may have reached the peer.
    var hasSent: Bool { parley_curl_get_long(easy, CURLINFO_REQUEST_SIZE) > 0 }

    /// What `result` means for this transfer; `nil` when its response is whole, or still coming.
    func error(for result: CURLcode) -> WebError? {
        if let refusal { return refusal }
        guard result != CURLE_OK else { return nil }
        // What libcurl 7.88 calls a line of the head that is longer than its buffer may grow.
        if result == CURLE_OUT_OF_MEMORY, hasSent {
            return WebError(.tooLarge, "\(transfer.origin): a line of the response's head is too large")
        }
        return WebError(Curl.code(of: result), "\(transfer.origin): \(Curl.text(of: result))")
    }

    // MARK: Callbacks

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        parley_curl_set_context(easy, CURLOPT_PRIVATE, context)
        parley_curl_set_context(easy, CURLOPT_WRITEDATA, context)
        parley_curl_set_context(easy, CURLOPT_HEADERDATA, context)
        parley_curl_set_context(easy, CURLOPT_READDATA, context)
        parley_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            EasyHandle.from(context)?.chunkArrived(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        parley_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            EasyHandle.from(context)?.lineArrived(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        parley_curl_set_data_callback(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
            EasyHandle.from(context)?
                .fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? Int(CURL_READFUNC_ABORT)
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> EasyHandle? {
        context.map { Unmanaged<EasyHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    private func lineArrived(_ line: UnsafeRawBufferPointer) -> Int {
        switch headParser.feed(line) {
        case .more: return line.count
        case .head(let head):
            wakes.add(transfer.headArrived(head))
            return line.count
        case .tooLarge: refusal = WebError(.tooLarge, "the response's head is too large")
        case .malformed: refusal = WebError(.malformed, "the response has no status line")
        }
        return Curl.refused
    }

    private func chunkArrived(_ bytes: UnsafeRawBufferPointer) -> Int {
        let (action, wake) = transfer.chunkArrived(bytes)
        wakes.add(wake)
        return switch action {
        case .take: bytes.count
        case .pause: Int(CURL_WRITEFUNC_PAUSE)
        case .refuse: Curl.refused
        }
    }

    private func fill(_ space: UnsafeMutableRawBufferPointer) -> Int {
        let body = UnsafeRawBufferPointer(start: transfer.request.body.start, count: transfer.request.body.count)
        let piece = body[sent...].prefix(space.count)
        space.copyBytes(from: piece)
        sent += piece.count
        return piece.count
    }
}

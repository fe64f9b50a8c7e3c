import CCurl
import Glibc

/// How libcurl is told what to do for one request.
struct EasyOptions {
    private let easy: UnsafeMutableRawPointer
    private let transfer: Transfer
    private let settings: WebClient.Settings
    private var request: WebRequest { transfer.request }

    init(_ easy: UnsafeMutableRawPointer, transfer: Transfer, settings: WebClient.Settings) {
        self.easy = easy
        self.transfer = transfer
        self.settings = settings
    }

    /// Throws `.deadline` when that has passed and `.invalid` when libcurl refuses the URL.
    func apply() throws(WebError) {
        guard request.deadline > .now else {
            throw WebError(.deadline, "the deadline passed before the request to \(transfer.origin) began")
        }
        // The whole transfer's limit is the loop's to watch: libcurl looks at no clock for a transfer that waits for
        // another one's connection.
        set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.wholeMilliseconds)
        setConnection()
        setSafety()
        setMethod()
        guard parley_curl_set_string(easy, CURLOPT_URL, request.url) == CURLE_OK else {
            throw WebError(.invalid, "the URL is not accepted")
        }
    }

    private func setConnection() {
        // Asking for HTTP/2 on plain connections would make every request wait for the first one's answer.
        let isTLS = transfer.origin.hasPrefix("https:")
        set(CURLOPT_HTTP_VERSION, isTLS ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
        set(CURLOPT_PIPEWAIT, isTLS ? 1 : 0)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 30)
        set(CURLOPT_TCP_KEEPINTVL, 15)
        setSocketOptions()
        set(CURLOPT_MAXAGE_CONN, settings.idleSeconds)
        // The default costs 16 KiB a transfer.
        set(CURLOPT_BUFFERSIZE, 4096)
        // Only for a body that does not go out with the head. Each filling of it is a turn of the loop.
        set(CURLOPT_UPLOAD_BUFFERSIZE, request.isRepeatable ? 131_072 : 16384)
        // Without a body there is nothing that could not be sent again: only a fresh connection sends it once.
        if !request.isRepeatable, request.body.count == 0 { set(CURLOPT_FRESH_CONNECT, 1) }
    }

    /// A peer that vanished acknowledges nothing, and keep-alive says nothing while something is unacknowledged: without
    /// a limit the kernel repeats for a quarter of an hour, and all that while a shared connection gets new requests.
    /// The limit also ends connections to a peer that keeps its window shut for that long.
    private func setSocketOptions() {
        parley_curl_set_socket_options_callback(easy) { _, socket, _ in
            var milliseconds: CInt = 10_000
            let size = socklen_t(MemoryLayout<CInt>.size)
            // Without the option the connection works all the same.
            _ = setsockopt(socket, CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, size)
            return CInt(CURL_SOCKOPT_OK)
        }
    }

    private func setSafety() {
        set(CURLOPT_NOSIGNAL, 1)
        // Aborting while a name is being resolved would wait for the resolver's thread, and with it every transfer.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP09_ALLOWED, 0)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = settings.certificateAuthorities { set(CURLOPT_CAINFO, file) }
        // An empty name switches off what the environment says.
        if !settings.usesProxyOfEnvironment { set(CURLOPT_PROXY, "") }
        set(CURLOPT_USERAGENT, settings.userAgent)
        // Empty: every encoding that libcurl can undo.
        if request.acceptsCompression { set(CURLOPT_ACCEPT_ENCODING, "") }
    }

    private func setMethod() {
        switch request.method {
        case .get where request.body.count == 0: set(CURLOPT_HTTPGET, 1)
        case .head: set(CURLOPT_NOBODY, 1)
        case .delete where request.body.count == 0: set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        default:
            set(CURLOPT_POST, 1)
            parley_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            // Given whole, the body goes out in one piece with the head, up to 64 KiB, and again by itself when a kept
            // connection turns out to be closed. What may not arrive twice is asked for behind the head, and only once: a
            // closed connection is mostly noticed before, when nothing has been asked of the server yet.
            if request.isRepeatable { parley_curl_set_context(easy, CURLOPT_POSTFIELDS, request.body.start) }
            if request.method != .post { set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
        }
    }

    private func set(_ option: CURLoption, _ value: Int) { parley_curl_set_long(easy, option, value) }

    private func set(_ option: CURLoption, _ value: String) { parley_curl_set_string(easy, option, value) }
}

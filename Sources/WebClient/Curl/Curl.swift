import CCurl
import Glibc

/// libcurl's global state, and what its macros say that Swift does not import.
enum Curl {
    /// Set up on first use, for the life of the process. Requests go out on any thread: a peer that has left is an error of
    /// the write, not the end of the process.
    static let isReady: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_SSL)) == CURLE_OK
    }()

    /// `CURL_SOCKET_TIMEOUT`: time has passed, whatever the sockets do.
    static let noSocket: curl_socket_t = -1

    /// What a callback returns to fail the transfer. Any count but the given one does; 0 would be the given one for an
    /// empty piece.
    static let refused = Int(CURL_WRITEFUNC_ERROR)

    /// What `result` means for the caller.
    static func code(of result: CURLcode) -> WebError.Code {
        switch result {
        case CURLE_URL_MALFORMAT: .invalid
        // `SSL_CONNECT_ERROR` is a handshake that broke off, or a peer that speaks no TLS. `OPERATION_TIMEDOUT` is the
        // time-out for connecting, the only one that is set.
        case CURLE_OPERATION_TIMEDOUT, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
            CURLE_INTERFACE_FAILED, CURLE_PROXY, CURLE_SSL_CONNECT_ERROR:
            .connect
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            .tls
        // `UNSUPPORTED_PROTOCOL` is also what libcurl calls an answer without a status line; the URL's scheme was
        // checked before.
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
            CURLE_HTTP_RETURNED_ERROR:
            .malformed
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_NO_CONNECTION_AVAILABLE: .overloaded
        default: .closed
        }
    }

    static func text(of result: CURLcode) -> String { String(cString: curl_easy_strerror(result)) }
}

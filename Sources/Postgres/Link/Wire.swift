import CPostgres
import Glibc

/// One connection of libpq, closed with its last moment. Nothing here waits for the network, except where it says so.
struct Wire: ~Copyable {
    enum Progress: Sendable {
        /// Go on when the socket can be read, or written.
        case reading, writing
        case connected
        case failed
    }

    private let connection: OpaquePointer

    /// Starts to connect. **May block**: libpq reads files (password, certificates), and looks the first host's name up.
    ///
    /// Throws `.unavailable`.
    init(_ options: PostgresOptions) throws(PostgresError) {
        let pairs = options.values.map { (strdup($0.key), strdup($0.value)) }
        defer {
            for (keyword, value) in pairs {
                free(keyword)
                free(value)
            }
        }
        let keywords = pairs.map { UnsafePointer($0.0) } + [nil]
        let values = pairs.map { UnsafePointer($0.1) } + [nil]
        guard let connection = PQconnectStartParams(keywords, values, 0) else {
            throw PostgresError(.unavailable, "no memory for a connection")
        }
        guard PQstatus(connection) != CONNECTION_BAD else {
            let reason = Self.failure(of: connection)
            PQfinish(connection)
            throw reason
        }
        // By default libpq prints the server's notices to standard error.
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        // The only way to the code of a refused login, see `ConnectFailure`.
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        self.connection = connection
    }

    deinit { PQfinish(connection) }

    /// Goes on connecting once `poll` has what it waited for. **May block**: it looks up the names of further hosts.
    func poll() -> Progress {
        switch PQconnectPoll(connection) {
        case PGRES_POLLING_READING: .reading
        case PGRES_POLLING_WRITING: .writing
        case PGRES_POLLING_OK: PQsetnonblocking(connection, 1) == 0 ? .connected : .failed
        default: .failed
        }
    }

    /// Whether the server has said nothing to a connection that asks nothing. It speaks up only to end it, or when its
    /// settings change: no loss either.
    var isQuiet: Bool {
        var byte: UInt8 = 0
        return isOpen && recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) < 0
            && (errno == EAGAIN || errno == EWOULDBLOCK)
    }

    /// libpq changes it while it connects, also for one with the same number.
    var socket: Int32 { PQsocket(connection) }

    var isOpen: Bool { PQstatus(connection) == CONNECTION_OK }

    /// Whether no transaction is open and no statement under way.
    var isIdle: Bool { PQtransactionStatus(connection) == PQTRANS_IDLE }

    /// Why there is no connection, as libpq tells it: host, port, user and database at most.
    var failure: PostgresError { Self.failure(of: connection) }

    private static func failure(of connection: OpaquePointer) -> PostgresError {
        PostgresError(connecting: PQerrorMessage(connection).map { String(cString: $0) } ?? "")
    }

    // MARK: Sending. `false` when libpq does not take it.

    func sendScript(_ script: String) -> Bool { PQsendQuery(connection, script) == 1 }

    func sendPrepare(_ text: String, as name: String) -> Bool { PQsendPrepare(connection, name, text, 0, nil) == 1 }

    func send(_ text: String, _ parameters: ParameterBlock) -> Bool {
        parameters.withPointers { values, lengths, formats in
            PQsendQueryParams(connection, text, Int32(parameters.count), nil, values, lengths, formats, 1)
        } == 1
    }

    func sendPrepared(_ name: String, _ parameters: ParameterBlock) -> Bool {
        parameters.withPointers { values, lengths, formats in
            PQsendQueryPrepared(connection, name, Int32(parameters.count), values, lengths, formats, 1)
        } == 1
    }

    /// Writes what the socket takes: whether something is left, `nil` when the connection is lost.
    func flush() -> Bool? {
        switch PQflush(connection) {
        case 0: false
        case 1: true
        default: nil
        }
    }

    // MARK: Receiving

    /// Reads what is there; `false` when the connection is lost.
    func receive() -> Bool {
        repeat {
            guard PQconsumeInput(connection) == 1 else { return false }
            // OpenSSL decrypts a record as a whole: for the rest of it the socket does not become readable again. (A record of
            // PostgreSQL 15 fits into what libpq reads at once, a larger one of 17 does not.)
        } while parley_postgres_has_unread_bytes(connection) != 0
        return true
    }

    enum Arrival {
        case result(ResultSet)
        /// All of the statement's results have come.
        case end
        /// More must be received first.
        case missing
    }

    func next() -> Arrival {
        guard PQisBusy(connection) == 0 else { return .missing }
        return PQgetResult(connection).map { .result(ResultSet(taking: $0)) } ?? .end
    }

    /// The payloads of the notifications that were received since the last time.
    func notifications() -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        while let notification = PQnotifies(connection) {
            defer { PQfreemem(notification) }
            let payload = notification.pointee.extra.map { UnsafeRawBufferPointer(start: $0, count: strlen($0)) }
            payloads.append(payload.map(Array.init) ?? [])
        }
        return payloads
    }

    /// Ends the connection under whoever waits for its socket: that one finds it lost.
    func hangUp() { _ = shutdown(socket, Int32(SHUT_RDWR)) }
}

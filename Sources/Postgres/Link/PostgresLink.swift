import Synchronization

/// One connection to the server, driven by whoever uses it: libpq's calls are made on the caller's task, which sleeps until
/// the socket is ready. Used by one task at a time; the lock is there for the one that hangs up.
///
/// A statement that is cancelled, late or not understood closes the connection: nobody can tell its reply from the next one.
/// The server notices within a quarter of a second that its client is gone, and ends the statement.
final class PostgresLink: Sendable {
    typealias Instant = ContinuousClock.Instant

    let watch: SocketWatch
    private let core: Mutex<Core>

    /// - Parameter wire: connected.
    init(_ wire: consuming sending Wire, watch: SocketWatch) {
        core = Mutex(Core(wire))
        self.watch = watch
    }

    // MARK: Statements

    /// Runs one statement: prepared on its first use, by its name from then on.
    ///
    /// Throws `.timeout` at `deadline`, `.cancelled` with the task; both close the connection.
    func query(
        _ text: String,
        _ parameters: ParameterBlock,
        stake: StateMachine.Stake,
        by deadline: Instant
    ) async throws(PostgresError) -> PostgresRows {
        guard !text.utf8.contains(0) else { throw PostgresError(.invalidParameter, "the statement holds a NUL") }
        let plan = core.withLock { $0.texts.plan(text) }
        let name: String
        switch plan {
        case .unprepared:
            return try await exchange(stake, by: deadline) { $0.send(text, parameters) }
        case .prepare(let new):
            _ = try await exchange(.nothing, by: deadline) { $0.sendPrepare(text, as: new) }
            core.withLock { $0.texts.prepared(text, as: new) }
            name = new
        case .run(let known): name = known
        }
        do throws(PostgresError) {
            return try await exchange(stake, by: deadline) { $0.sendPrepared(name, parameters) }
        } catch {
            guard error.concernsPreparedStatement else { throw error }
            core.withLock { $0.texts.forget(text) }
            // Within a transaction it has failed with the statement.
            guard isReusable else { throw error }
        }
        return try await exchange(stake, by: deadline) { $0.send(text, parameters) }
    }

    /// Runs the statements of `script`, separated by `;`, without parameters and unprepared; what the last one brings, in
    /// text format.
    func execute(
        _ script: String,
        stake: StateMachine.Stake,
        by deadline: Instant
    ) async throws(PostgresError) -> PostgresRows {
        guard !script.utf8.contains(0) else { throw PostgresError(.invalidParameter, "the statement holds a NUL") }
        return try await exchange(stake, by: deadline) { $0.sendScript(script) }
    }

    // MARK: The connection

    /// Whether the next user finds nothing of the last one: no statement under way, no transaction open.
    var isReusable: Bool {
        core.withLock { core in core.machine.isIdle && (core.wire?.isIdle ?? false) }
    }

    /// Whether the connection, which nobody uses, still stands.
    func isAlive() -> Bool {
        core.withLock { core in
            switch core.wire {
            case .some(let wire): core.machine.isIdle && wire.isQuiet
            case .none: false
            }
        }
    }

    /// Ends the connection; the server rolls back what was open.
    func close() { core.withLock { _ = $0.interrupt(.connectionClosed, "the connection was closed") } }

    /// Ends the connection while someone else may wait for it, who then finds it lost.
    func hangUp() { core.withLock { $0.wire?.hangUp() } }

    /// The payloads of the notifications that have come; none after `deadline`. Throws `.connectionClosed` and `.cancelled`.
    func notifications(by deadline: Instant) async throws(PostgresError) -> [[UInt8]] {
        while true {
            let (payloads, socket) = core.withLock { core -> ([[UInt8]], Int32?) in
                switch core.wire {
                case .none: return ([], nil)
                case .some(let wire):
                    let isOpen = wire.receive() && wire.isOpen
                    return (wire.notifications(), isOpen ? wire.socket : nil)
                }
            }
            if !payloads.isEmpty { return payloads }
            guard let socket else { throw interrupt(.connectionClosed, "the server closed the connection") }
            switch await watch.wait(for: SocketWatch.Interest(socket: socket), until: deadline) {
            case .ready: continue
            case .late: return []
            case .cancelled: throw interrupt(.cancelled, "the calling task was cancelled")
            case .failed: throw interrupt(.unavailable, "the system watches no more sockets")
            }
        }
    }

    // MARK: One exchange

    private func exchange(
        _ stake: StateMachine.Stake,
        by deadline: Instant,
        _ send: @Sendable (borrowing Wire) -> Bool
    ) async throws(PostgresError) -> PostgresRows {
        // Otherwise it would be sent, and then only its reply be refused.
        if Task.isCancelled { throw PostgresError(.cancelled, "the calling task was cancelled") }
        if deadline <= .now { throw PostgresError(.timeout, "the deadline passed before the statement was sent") }
        if let error = core.withLock({ $0.begin(stake, send) }) { throw error }
        var last: ResultSet?
        while true {
            switch core.withLock({ $0.advance(&last) }) {
            case .delivered(let rows): return rows
            case .failed(let error): throw error
            case .wait(let interest):
                switch await watch.wait(for: interest, until: deadline) {
                case .ready: continue
                case .late: throw interrupt(.timeout, "no result within the statement time-out")
                case .cancelled: throw interrupt(.cancelled, "the calling task was cancelled")
                case .failed: throw interrupt(.unavailable, "the system watches no more sockets")
                }
            }
        }
    }

    /// Closes the connection; the error for whoever was using it.
    private func interrupt(_ code: PostgresError.Code, _ message: String) -> PostgresError {
        core.withLock { $0.interrupt(code, message) }
    }
}

extension PostgresError {
    /// See `ServerFailure.concernsPreparedStatement`.
    fileprivate var concernsPreparedStatement: Bool { code == .server && (sqlState == "26000" || sqlState == "0A000") }
}

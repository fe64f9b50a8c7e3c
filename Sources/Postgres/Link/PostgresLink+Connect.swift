import NIOPosix
import Synchronization

extension PostgresLink {
    /// One attempt to connect, within the connect time-out; tells the server our limits.
    ///
    /// Each step of libpq's runs on NIO's threads for blocking work, because some block: looking a name up, reading
    /// certificates, hashing the password. (A look-up that hangs is not cut short; the attempt then fails when it is over.) In
    /// between nothing holds a thread.
    ///
    /// Throws `.unavailable`, `.timeout`, `.cancelled`.
    static func connect(
        _ configuration: PostgresConfiguration,
        watch: SocketWatch
    ) async throws(PostgresError) -> PostgresLink {
        let deadline = ContinuousClock.now + .milliseconds(configuration.connectTimeoutMilliseconds)
        let attempt = ConnectAttempt()
        var step = try await attempt.start(configuration.options)
        while let interest = step.interest {
            switch await watch.wait(for: interest, until: deadline) {
            case .ready: step = try await attempt.goOn()
            case .late: throw PostgresError(.timeout, "not connected within the connect time-out")
            case .cancelled: throw PostgresError(.cancelled, "the calling task was cancelled")
            case .failed: throw PostgresError(.unavailable, "the system watches no more sockets")
            }
        }
        let link = try attempt.link(watch)
        do throws(PostgresError) {
            try await link.greet(configuration, by: deadline)
        } catch {
            link.close()
            throw error
        }
        return link
    }

    private func greet(
        _ configuration: PostgresConfiguration,
        by deadline: ContinuousClock.Instant
    ) async throws(PostgresError) {
        let limit = max(1, configuration.statementTimeoutMilliseconds * 9 / 10)
        _ = try await execute("SET statement_timeout = \(limit)", stake: .nothing, by: deadline)
        do throws(PostgresError) {
            // What runs for a client that has gone ends soon, and lets go of its locks. From PostgreSQL 14 on, and not on every
            // system: a courtesy.
            _ = try await execute("SET client_connection_check_interval = 250", stake: .nothing, by: deadline)
        } catch {
            guard error.code == .server else { throw error }
        }
    }
}

/// A connection that is being made. Its steps come one after the other.
private final class ConnectAttempt: Sendable {
    struct Step: Sendable {
        /// What to wait for before the next step; `nil` when the connection stands.
        var interest: SocketWatch.Interest?
    }

    private let wire = Mutex<Wire?>(nil)

    func start(_ options: PostgresOptions) async throws(PostgresError) -> Step {
        try await onBlockingThread { () throws(PostgresError) in
            try self.wire.withLock { wire throws(PostgresError) in
                let new = try Wire(options)
                let socket = new.socket
                wire = consume new
                // libpq's documentation: as if its first step had asked to write.
                return Step(interest: SocketWatch.Interest(socket: socket, reading: false, writing: true))
            }
        }
    }

    func goOn() async throws(PostgresError) -> Step {
        try await onBlockingThread { () throws(PostgresError) in
            try self.wire.withLock { wire throws(PostgresError) in
                switch wire {
                case .none: throw .stopped()
                case .some(let wire):
                    switch wire.poll() {
                    case .connected: return Step(interest: nil)
                    case .reading: return Step(interest: SocketWatch.Interest(socket: wire.socket))
                    case .writing:
                        return Step(interest: SocketWatch.Interest(socket: wire.socket, reading: false, writing: true))
                    case .failed: throw wire.failure
                    }
                }
            }
        }
    }

    func link(_ watch: SocketWatch) throws(PostgresError) -> PostgresLink {
        guard let wire = wire.withLock({ $0.take() }) else { throw .stopped() }
        return PostgresLink(wire, watch: watch)
    }

    private func onBlockingThread<Result: Sendable>(
        _ work: @escaping @Sendable () throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try work() }
        } catch {
            throw error as? PostgresError ?? PostgresError(.cancelled, "the calling task was cancelled")
        }
    }
}

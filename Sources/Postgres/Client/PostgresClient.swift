package import Logging
import ServiceLifecycle

/// PostgreSQL over a pool of connections, each lent to one caller at a time. Statements may be run from any task, before
/// `run` as well: they wait for a connection within the wait time-out.
///
/// A connection that is lost is made again by itself, and a lost statement is not repeated: whether it may have happened
/// its error tells. While no connection can be made, callers are refused at once.
package final class PostgresClient: Service {
    package let configuration: PostgresConfiguration
    private let pool: PostgresPool
    private let watch: SocketWatch
    private let logger: Logger

    /// Throws `.invalidConfiguration` for limits below 1, `.unavailable` when the system has no thread left; connects to
    /// nothing yet.
    package init(_ configuration: PostgresConfiguration, logger: Logger) throws(PostgresError) {
        try configuration.validate()
        self.configuration = configuration
        self.logger = logger
        watch = try SocketWatch.shared.get()
        pool = PostgresPool(configuration, watch: watch)
    }

    /// Connects, keeps connected, and returns when the service shuts down: after a graceful shutdown those who have a
    /// connection have had the statement time-out to finish, after a cancellation their statements fail. Runs once.
    package func run() async {
        pool.start()
        await withTaskGroup { group in
            group.addTask { await self.connectOnDemand() }
            try? await gracefulShutdown()
            pool.drain()
            await finish()
            pool.stop()
            group.cancelAll()
        }
    }

    private func connectOnDemand() async {
        await withDiscardingTaskGroup { group in
            for await failures in pool.attempts {
                group.addTask { await self.connect(after: failures) }
            }
            group.cancelAll()
        }
    }

    private func connect(after failures: Int) async {
        if failures > 0 {
            let pause = configuration.backoff.milliseconds(failures: failures, jitter: .random(in: 0..<1))
            try? await Task.sleep(for: .milliseconds(pause))
        }
        do throws(PostgresError) {
            pool.connected(try await PostgresLink.connect(configuration, watch: watch))
            logger.debug("Connected to PostgreSQL")
        } catch {
            // One line for an outage, not one for each attempt; none for a shutdown.
            logger.log(
                level: failures == 0 && !Task.isCancelled ? .warning : .debug,
                "No connection to PostgreSQL",
                metadata: ["error": "\(error)"]
            )
            pool.failed(error)
        }
    }

    /// Returns when the last caller has gone, or the statement time-out has passed, or the task is cancelled.
    private func finish() async {
        let patience = Duration.milliseconds(configuration.statementTimeoutMilliseconds)
        await withTaskGroup { group in
            group.addTask { for await _ in self.pool.drained {} }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: Connections

    /// Lends a connection to `body`, and takes it back with its end: as new when every statement had its whole result and no
    /// transaction is open, closed otherwise. What a session remembers besides that (SET, temporary tables, advisory locks)
    /// stays: leave none.
    ///
    /// - Parameter deadline: for the wait and for each statement, on top of their time-outs.
    /// - Throws: `.timeout` when no connection came free, `.cancelled`, `.overloaded`, `.unavailable`; what `body` throws.
    package func withConnection<Result>(
        deadline: ContinuousClock.Instant? = nil,
        _ body: (PostgresConnection) async throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        let patience = ContinuousClock.now + .milliseconds(configuration.waitTimeoutMilliseconds)
        let loan = try await pool.acquire(by: min(patience, deadline ?? patience))
        let connection = PostgresConnection(loan.link, configuration, deadline: deadline)
        defer {
            connection.end()
            pool.release(loan)
        }
        return try await body(connection)
    }

    /// Runs one statement on a connection of the pool, as ``PostgresConnection/query(_:_:)`` does.
    package func query(
        _ text: String,
        _ parameters: [PostgresParameter] = [],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(PostgresError) -> PostgresRows {
        try await withConnection(deadline: deadline) { connection throws(PostgresError) in
            try await connection.query(text, parameters)
        }
    }

    /// Runs `body` in a transaction, as ``PostgresConnection/withTransaction(_:)`` does.
    package func withTransaction<Result>(
        deadline: ContinuousClock.Instant? = nil,
        _ body: (PostgresConnection) async throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        try await withConnection(deadline: deadline) { connection throws(PostgresError) in
            try await connection.withTransaction(body)
        }
    }
}

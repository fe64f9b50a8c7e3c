import Agent
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Sessions

/// A database of its own and stores on it, each with a client of its own, as workers have them.
struct PostgresStage: Sendable {
    let server: PostgresServer
    let database: String
    let stores: [PostgresSessionStore]

    /// The first store.
    var store: PostgresSessionStore { stores[0] }

    /// The store of another worker.
    var another: PostgresSessionStore { stores[stores.count - 1] }

    /// What the database says past the stores.
    @discardableResult
    func ask(_ statements: String) async throws -> String { try await server.ask(statements, database: database) }

    /// How many runs wait for the session's lease.
    func waiting(_ session: SessionID) async throws -> Int {
        let rows = try await store.client.query(
            "SELECT jsonb_array_length(coalesce(control->'waiting', '[]')) FROM parley.sessions WHERE id = $1",
            [.text(session.text)]
        )
        return try rows.first?.int(0) ?? 0
    }

    /// Writes a history as another program would.
    func write(_ session: SessionID, _ history: [UInt8], timeToLive: Int?) async throws {
        _ = try await store.client.query(
            """
            INSERT INTO parley.sessions (id, history, expires_at)
            VALUES ($1, $2, clock_timestamp() + $3::integer * interval '1 second')
            ON CONFLICT (id) DO UPDATE SET history = excluded.history, expires_at = excluded.expires_at
            """,
            [.text(session.text), .bytes(history), PostgresParameter(timeToLive)]
        )
    }
}

/// The suites about PostgreSQL: they share one server, which is costly to start, and have databases of their own.
@Suite(.sharedPostgres) enum PostgresSuites {}

/// Runs a suite, with those in it, with one server.
struct SharedPostgres: SuiteTrait, TestScoping {
    @TaskLocal fileprivate static var shared: Databases?

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await PostgresServer.with(["max_connections=300", "shared_preload_libraries=pg_stat_statements"]) {
            server in
            let databases = Databases(server: server)
            try await Self.$shared.withValue(databases) { try await function() }
        }
    }
}

extension Trait where Self == SharedPostgres {
    /// One server for the suite.
    static var sharedPostgres: Self { Self() }
}

/// The databases of one server.
final class Databases: Sendable {
    private let server: PostgresServer
    private let count = Atomic(0)

    init(server: PostgresServer) { self.server = server }

    /// The server and the name of a new database on it.
    func make() async throws -> (PostgresServer, String) {
        let name = "stage_\(count.add(1, ordering: .relaxed).newValue)"
        try await server.ask("CREATE DATABASE \(name)")
        return (server, name)
    }
}

/// Runs `body` with an empty database and `workers` stores on it, which end with it.
///
/// - Parameters:
///   - server: one of the test's own; `nil`: the one that all share.
///   - options: of the URL.
func withPostgresStage<Result: Sendable>(
    workers: Int = 2,
    leaseLength: Duration = .seconds(5),
    runLife: RunLife = RunLife(),
    on server: PostgresServer? = nil,
    isMigrated: Bool = true,
    options: String = "",
    configure: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresStage) async throws -> Result
) async throws -> Result {
    let (server, database) =
        if let server { (server, "parley") } else { try await #require(SharedPostgres.shared).make() }
    var configuration = try PostgresConfiguration(url: server.url(database: database, options))
    configuration.poolSize = 6
    // Time-outs that a busy machine keeps.
    configuration.statementTimeoutMilliseconds = 20_000
    configuration.connectTimeoutMilliseconds = 10_000
    configuration.waitTimeoutMilliseconds = 20_000
    configure(&configuration)
    let stores = try (0..<workers).map { _ in
        let client = try PostgresClient(configuration, logger: .quiet)
        return try PostgresSessionStore(client: client, leaseLength: leaseLength, runLife: runLife, logger: .quiet)
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        for store in stores { group.addTask { await store.client.run() } }
        if isMigrated { try await PostgresMigrations.apply(stores[0].client) }
        for store in stores { group.addTask { await store.run() } }
        defer { group.cancelAll() }
        let stage = PostgresStage(server: server, database: database, stores: stores)
        while try await stage.subscribers() < workers {
            try Task.checkCancellation()
            await Task.yield()
        }
        return try await body(stage)
    }
}

extension PostgresStage {
    /// How many connections of this database listen.
    func subscribers() async throws -> Int {
        let rows = try await store.client.query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        return try rows.single().int(0)
    }
}

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

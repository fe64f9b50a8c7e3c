import Agent
import Logging
import Postgres
import Redis
import ServiceLifecycle
import TestSupport
import Testing

@testable import Sessions

/// Redis and a database, and workers' stores and archives on both.
struct ArchiveStage: Sendable {
    let redis: RedisServer
    let postgres: PostgresStage
    let stores: [RedisSessionStore]
    let archives: [PostgresArchive]

    var store: RedisSessionStore { stores[0] }
    var archive: PostgresArchive { archives[0] }

    @discardableResult
    func ask(_ statements: String) async throws -> String { try await postgres.ask(statements) }

    /// Returns when nothing waits any more.
    func exported() async throws {
        let outbox = try #require(store.outbox)
        while try await outbox.status().waiting > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// Runs `body` with `workers` stores over one Redis and archives in one new database.
///
/// - Parameters:
///   - exports: whether the archives run; otherwise what is committed waits.
///   - outboxBytes: what may wait.
func withArchiveStage<Result: Sendable>(
    workers: Int = 1,
    exports: Bool = true,
    outboxBytes: Int = 1_000_000,
    retentionDays: Int? = nil,
    on server: PostgresServer? = nil,
    configure: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (ArchiveStage) async throws -> Result
) async throws -> Result {
    try await withPostgresStage(workers: workers, on: server, configure: configure) { postgres in
        try await RedisServer.with { redis in
            var configuration = try RedisConfiguration(url: redis.url)
            configuration.commandTimeoutMilliseconds = 20_000
            configuration.connectTimeoutMilliseconds = 10_000
            let clients = try (0..<workers).map { _ in try RedisClient(configuration, logger: .quiet) }
            let outboxes = clients.map { RedisOutbox(client: $0, maximumBytes: outboxBytes) }
            let stores = try zip(clients, outboxes).map { client, outbox in
                try RedisSessionStore(client: client, outbox: outbox, logger: .quiet)
            }
            let archives = zip(outboxes, postgres.stores).map { outbox, store in
                PostgresArchive(client: store.client, outbox: outbox, retentionDays: retentionDays, logger: .quiet)
            }
            return try await withThrowingTaskGroup(of: Void.self) { group in
                for client in clients { group.addTask { await client.run() } }
                if exports { for archive in archives { group.addTask { await archive.run() } } }
                defer { group.cancelAll() }
                return try await body(
                    ArchiveStage(redis: redis, postgres: postgres, stores: stores, archives: archives)
                )
            }
        }
    }
}

extension ArchivedTurn {
    /// A turn in which `prompt` was answered by `answer`.
    static func of(_ run: RunID, _ prompt: String, _ answer: String, calls: [CallRecord] = []) -> Self {
        var outcome = TurnOutcome(conversation: nil, summary: answer, calls: calls)
        outcome.steps = 1
        outcome.usage.inputTokens = 10
        outcome.usage.outputTokens = 5
        outcome.warnings = calls.isEmpty ? [] : ["Careful"]
        return Self(
            runID: run,
            projectID: 1,
            milestoneID: 2,
            userStoryID: nil,
            model: "test",
            startedAt: 1_700_000_000_000,
            endedAt: 1_700_000_000_250,
            outcome: outcome,
            messages: JSONValue.array([
                ["role": "user", "content": .string(prompt)], ["role": "assistant", "content": .string(answer)],
            ]).encoded()
        )
    }
}

extension SessionStore {
    /// Takes a turn of `principal` that leaves `[1]` as the history, and this for the archive; its run.
    @discardableResult
    func takeArchived(
        _ prompt: String,
        _ answer: String = "Yes",
        in session: SessionID,
        as principal: Principal = .alice,
        calls: [CallRecord] = []
    ) async throws -> RunID {
        let run = RunID()
        let claim = TurnClaim(
            scope: .session(session),
            runID: run,
            principal: principal,
            waitUntil: .now + .seconds(60)
        )
        var record = TurnRecord.of(try await begin(claim).basis(), "[1]")
        record.archived = ArchiveEntry(session, owner: principal, turns: [.of(run, prompt, answer, calls: calls)])
        #expect(try await commit(record) == .stored)
        return run
    }
}

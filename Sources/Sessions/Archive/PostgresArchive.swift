package import Agent
package import Logging
package import Postgres
import ServiceLifecycle
import Synchronization

/// The archive in PostgreSQL, schema `parley_archive`. From Redis it takes what waits in the outbox; what is kept in
/// PostgreSQL itself is archived by the statement that commits it.
package struct PostgresArchive: SessionArchive, Service {
    /// More than this of a conversation is not continued: its newest turns and the first one are.
    private static let mostBytes = 4 * 1024 * 1024
    /// How long it is waited for what was committed before a question.
    private static let patience = Duration.seconds(5)

    let client: PostgresClient
    /// `nil`: nothing waits.
    let outbox: RedisOutbox?
    let retentionDays: Int?
    let logger: Logger
    let look = ArchiveLook()

    /// Runs only what it needs besides: `client` and the outbox's must be run as services of their own.
    ///
    /// - Parameter retentionDays: how long turns are kept; `nil`: for ever.
    package init(client: PostgresClient, outbox: RedisOutbox?, retentionDays: Int? = nil, logger: Logger) {
        self.client = client
        self.outbox = outbox
        self.retentionDays = retentionDays
        self.logger = logger
    }

    /// Archives what waits, and deletes what need not be kept any more, until the service is shut down or cancelled. What is
    /// at hand then waits for another worker.
    package func run() async {
        await withTaskGroup { group in
            group.addTask { await cancelWhenGracefulShutdown { await watch() } }
            if let outbox {
                let export = ArchiveExport(client: client, outbox: outbox, look: look, logger: logger)
                group.addTask { await cancelWhenGracefulShutdown { await export.run() } }
            }
            group.addTask { await cancelWhenGracefulShutdown { await expire() } }
        }
    }

    package var status: ArchiveStatus { look.status }

    package func conversation(of session: SessionID, owner: Principal) async throws(StoreError) -> ArchivedConversation?
    {
        try await catchUp()
        let rows = try await query(
            ArchiveStatements.conversation,
            [.text(session.text), .text(owner.text), .integer(Self.mostBytes)]
        )
        return try translatingErrors { () throws(PostgresError) in
            let row = try rows.single()
            guard let turns = try row.optionalInt(0), let history = try row.optionalBytes(1) else { return nil }
            return ArchivedConversation(history: history, turns: turns)
        }
    }

    /// Returns when all is archived that was committed before.
    private func catchUp() async throws(StoreError) {
        guard let outbox, let target = try await outbox.status().newest else { return }
        let end = ContinuousClock.now + Self.patience
        repeat {
            outbox.news.raise()
            do { try await Task.sleep(for: .milliseconds(20)) } catch { throw .callerCancelled }
            guard let oldest = try await outbox.status().oldest, oldest <= target else { return }
        } while ContinuousClock.now < end
        throw StoreError(.unavailable, "The archive is behind.")
    }

    func query(_ text: String, _ parameters: [PostgresParameter]) async throws(StoreError) -> PostgresRows {
        do throws(PostgresError) { return try await client.query(text, parameters) } catch { throw StoreError(error) }
    }
}

/// What was last seen of an archive.
final class ArchiveLook: Sendable {
    private let seen = Mutex(ArchiveStatus())

    var status: ArchiveStatus { seen.withLock { $0 } }

    /// Changes what was seen; what it was before.
    @discardableResult
    func note(_ change: (inout ArchiveStatus) -> Void) -> ArchiveStatus {
        seen.withLock { status in
            defer { change(&status) }
            return status
        }
    }
}

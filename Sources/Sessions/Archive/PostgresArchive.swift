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

    package func erase(_ subject: ErasureSubject) async throws(StoreError) -> ErasureReceipt {
        let purged = try await outbox?.purge(subject)
        let (session, owner): (SessionID?, Principal?) =
            switch subject {
            case .session(let session, let owner): (session, owner)
            case .user(let principal): (nil, principal)
            }
        let rows = try await query(
            ArchiveStatements.erase,
            [
                PostgresParameter(session?.text), PostgresParameter(owner?.text), PostgresParameter(purged?.position),
            ]
        )
        var receipt = try translatingErrors { () throws(PostgresError) in try ErasureReceipt(rows.single()) }
        receipt.waitingEntries = purged?.removed ?? 0
        return receipt
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

extension ErasureReceipt {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        self.init(number: try row.int(0), erasedAt: try row.int(1))
        sessions = try row.int(2)
        turns = try row.int(3)
        messages = try row.int(4)
        toolCalls = try row.int(5)
        artifacts = try row.int(6)
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

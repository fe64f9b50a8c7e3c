package import Agent
import Postgres

extension PostgresArchive {
    /// Turns that are deleted by one statement.
    private static let portion = 500

    /// Refuses first what is still on its way, then deletes in portions: nobody waits for an erasure for long.
    package func erase(_ subject: ErasureSubject) async throws(StoreError) -> ErasureReceipt {
        let purged = try await outbox?.purge(subject)
        let (session, owner): (SessionID?, Principal?) =
            switch subject {
            case .session(let session, let owner): (session, owner)
            case .user(let principal): (nil, principal)
            }
        let names = [PostgresParameter(session?.text), PostgresParameter(owner?.text)]
        let begun = try await query(
            ArchiveStatements.beginErasure,
            names + [PostgresParameter(purged?.position)]
        )
        let (number, position) = try translatingErrors { () throws(PostgresError) in
            let row = try begun.single()
            return (try row.int(0), try row.int(1))
        }
        var isDone = false
        while !isDone {
            let rows = try await query(
                ArchiveStatements.eraseSome,
                [.integer(number)] + names + [.integer(position), .integer(Self.portion)]
            )
            isDone = try translatingErrors { () throws(PostgresError) in try rows.single().bool(0) }
        }
        let counted = try await query(ArchiveStatements.receipt, [.integer(number)])
        var receipt = try translatingErrors { () throws(PostgresError) in
            try ErasureReceipt(number: number, counted.single())
        }
        receipt.waitingEntries = purged?.removed ?? 0
        return receipt
    }

    package func sessions(of owner: Principal) async throws(StoreError) -> [SessionID] {
        let rows = try await query(ArchiveStatements.sessionsOfOwner, [.text(owner.text)])
        return try translatingErrors { () throws(PostgresError) in
            try rows.map { row throws(PostgresError) in try row.string(0) }.compactMap { SessionID($0) }
        }
    }
}

extension ErasureReceipt {
    fileprivate init(number: Int, _ row: PostgresRow) throws(PostgresError) {
        self.init(number: number, erasedAt: try row.int(0))
        sessions = try row.int(1)
        turns = try row.int(2)
        messages = try row.int(3)
        toolCalls = try row.int(4)
        artifacts = try row.int(5)
    }
}

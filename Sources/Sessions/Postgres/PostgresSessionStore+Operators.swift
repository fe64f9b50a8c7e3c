package import Agent
import Postgres

extension PostgresSessionStore {
    /// How many sessions one page looks at: some of them may have expired.
    private static let looksPerPage = 10_000
    /// How many rows one statement removes.
    private static let batch = 500

    /// A position is the number of a session; the next page goes on below it.
    package func list(_ query: SessionQuery) async throws(StoreError) -> SessionPage {
        let start = query.cursor ?? SessionCursor(position: .max)
        var found = try await describe(start.met, of: query.owner)
        var position = start.position.map { Int(clamping: $0) }
        var looks = 0
        while let current = position, found.count < query.limit, looks < Self.looksPerPage {
            let most = min(query.limit - found.count, 1000)
            let seen = try await describe(below: current, most, of: query.owner)
            looks += max(seen.count, 1)
            found += seen.compactMap(\.summary)
            position = seen.count < most ? nil : seen.last?.number
        }
        return SessionPage(found, upTo: query.limit, next: position.map { UInt64($0) })
    }

    /// Removes expired histories, and the rows of which nothing need be known any more.
    package func forget(_ principal: Principal) async throws(StoreError) -> Int {
        let owned = try await query(SessionStatements.owned, [.text(principal.text)])
        let sessions = try translatingErrors { () throws(PostgresError) in
            try owned.map { row throws(PostgresError) in try row.string(0) }.compactMap { SessionID($0) }
        }
        var cleared = 0
        for session in sessions where try await clear(session, for: .principal(principal)) { cleared += 1 }
        _ = try await query(SessionStatements.forgetPrincipal, [.text(principal.text)])
        try await dropRuns(of: principal)
        return cleared
    }

    package func cleanup(dryRun: Bool) async throws(StoreError) -> Int {
        if dryRun {
            let rows = try await query(SessionStatements.countExpired)
            return try translatingErrors { () throws(PostgresError) in try rows.single().int(0) }
        }
        let removed = try await removeAll(SessionStatements.endExpired)
        for statement in [
            SessionStatements.forgetAnswers, SessionStatements.forgetUnneeded, RunStatements.forgetExpired,
            RunStatements.forgetBegun,
        ] { _ = try await removeAll(statement) }
        return removed
    }

    /// Repeats `statement` until it finds less than a batch; how many rows it has written in all.
    private func removeAll(_ statement: String) async throws(StoreError) -> Int {
        var removed = 0
        while true {
            let count = try await query(statement, [.integer(Self.batch)]).affected
            removed += count
            if count < Self.batch { return removed }
        }
    }

    private struct Seen {
        var number: Int
        var owner: String?
        /// `nil` when the session has expired.
        var summary: SessionSummary?
    }

    private func describe(below number: Int, _ most: Int, of owner: Principal?) async throws(StoreError) -> [Seen] {
        let rows =
            if let owner {
                try await query(
                    SessionStatements.listOwned,
                    [.integer(number), .integer(most), .text(owner.text)]
                )
            } else {
                try await query(SessionStatements.list, [.integer(number), .integer(most)])
            }
        return try rows.map { row throws(StoreError) in try seen(row) }
    }

    /// What there is of these sessions, in no order.
    private func describe(_ sessions: [SessionID], of owner: Principal?) async throws(StoreError) -> [SessionSummary] {
        if sessions.isEmpty { return [] }
        let rows = try await query(SessionStatements.listNamed, [.array(sessions.map(\.text))])
        return try rows.map { row throws(StoreError) in try seen(row) }.compactMap(\.summary)
            .filter { $0.isOwned(by: owner) }
    }

    private func seen(_ row: PostgresRow) throws(StoreError) -> Seen {
        let (number, now, bytes) = try translatingErrors { () throws(PostgresError) in
            (try row.int(0), try row.int(4), try row.optionalBytes(5))
        }
        let control = try SessionControl(stored: bytes, limits: limits, now: now)
        return try translatingErrors { () throws(PostgresError) in
            // What another program calls a session need not be one of ours.
            guard let session = SessionID(try row.string(1)), try row.bool(2) else { return Seen(number: number) }
            let summary = SessionSummary(
                session: session,
                owner: control.ownerOfHistory,
                turns: try row.optionalInt(6),
                createdAt: try row.optionalMicroseconds(7).map { $0 / 1_000_000 },
                updatedAt: try row.optionalMicroseconds(8).map { $0 / 1_000_000 },
                expiresIn: try row.optionalInt(9).map(StoredSession.seconds),
                bytes: try row.int(3),
                activeRun: control.activeRun(now: now)?.text,
                waiting: control.waitingCount
            )
            return Seen(number: number, summary: summary)
        }
    }
}

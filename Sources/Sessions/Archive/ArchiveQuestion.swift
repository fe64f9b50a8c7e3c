package import Agent
import Postgres

/// What people ask the archive; each is a query over its views. Times are whole seconds since 1970, UTC.
package struct ArchiveQuestion: Sendable {
    let statement: String
    let parameters: [PostgresParameter]

    /// Sessions, those used last first: of this owner, used since then, that created this artifact.
    package static func sessions(
        of owner: Principal? = nil,
        since: Int? = nil,
        creating artifact: (type: String, id: Int)? = nil,
        limit: Int
    ) -> Self {
        Self(
            statement: ArchiveStatements.sessions,
            parameters: [
                PostgresParameter(owner?.text), PostgresParameter(since), PostgresParameter(artifact?.type),
                PostgresParameter(artifact?.id), .integer(limit),
            ]
        )
    }

    /// The turns of a session with their tool calls, in order.
    package static func turns(of session: SessionID, owner: Principal? = nil, limit: Int) -> Self {
        Self(
            statement: ArchiveStatements.turns,
            parameters: [.text(session.text), PostgresParameter(owner?.text), .integer(limit)]
        )
    }

    /// The numbers of a session's turns that are not in the archive, since the outbox was full.
    package static func gaps(in session: SessionID) -> Self {
        Self(statement: ArchiveStatements.gaps, parameters: [.text(session.text)])
    }

    /// Turns and tokens of each day, owner and model; from the day of `since` to the one before that of `until`.
    package static func usage(of owner: Principal? = nil, since: Int? = nil, until: Int? = nil, limit: Int) -> Self {
        Self(
            statement: ArchiveStatements.usage,
            parameters: [
                PostgresParameter(owner?.text), PostgresParameter(since), PostgresParameter(until), .integer(limit),
            ]
        )
    }

    /// Tool calls, the newest first.
    package static func toolCalls(
        of owner: Principal? = nil,
        since: Int? = nil,
        named name: String? = nil,
        onlyFailed: Bool = false,
        limit: Int
    ) -> Self {
        Self(
            statement: ArchiveStatements.toolCalls,
            parameters: [
                PostgresParameter(owner?.text), PostgresParameter(since), PostgresParameter(name), .boolean(onlyFailed),
                .integer(limit),
            ]
        )
    }
}

extension PostgresArchive {
    /// Messages that are read at once.
    private static let page = 500

    /// The answer, a JSON object for each row.
    package func ask(_ question: ArchiveQuestion) async throws(StoreError) -> [[UInt8]] {
        let rows = try await query(question.statement, question.parameters)
        return try translatingErrors { () throws(PostgresError) in
            try rows.map { row throws(PostgresError) in try row.bytes(0) }
        }
    }

    /// Shows every message of a session in order, a JSON object for each, a part at a time.
    package func transcript<Failure: Error>(
        of session: SessionID,
        owner: Principal? = nil,
        _ show: ([[UInt8]]) throws(Failure) -> Void
    ) async throws {
        var place = (position: -1, turn: -1, message: -1)
        while true {
            let rows = try await query(
                ArchiveStatements.transcript,
                [
                    .text(session.text), PostgresParameter(owner?.text), .integer(place.position),
                    .integer(place.turn), .integer(place.message), .integer(Self.page),
                ]
            )
            let messages = try rows.map { row in
                place = (try row.int(1), try row.int(2), try row.int(3))
                return try row.bytes(0)
            }
            try show(messages)
            if messages.count < Self.page { return }
        }
    }
}

package import Agent
import Postgres

/// Runs and their events. A run that was dropped leaves a mark behind, for longer than it can live: nothing brings it back,
/// not even a crash of the server, after which the other runs are known from their next records on.
extension PostgresSessionStore: RunStore {
    /// How long a reader is told of more after a read.
    private static let readerLife = EventPage.patience * 3

    package func record(
        _ run: RunRecord,
        events: [NumberedEvent],
        keepingFrom first: Int
    ) async throws(StoreError) -> RunWish {
        let rows = try await settle(
            RunStatements.record,
            [
                .text(run.id.text), .text(run.principal.text), PostgresParameter(run.session?.text),
                .text(run.state.rawValue), .boolean(run.state.isEnd), .integer(run.createdAt),
                PostgresParameter(run.startedAt), PostgresParameter(run.endedAt), .integer(run.used.steps),
                .integer(run.used.toolCalls), .integer(run.used.writeCalls),
                .integer(runLife.keeping(run.state).milliseconds), .integer(first), .array(events.map(\.number)),
                .array(events.map(\.event.name)), .array(events.map(\.event.data)),
            ]
        )
        return try translatingErrors { () throws(PostgresError) in try RunWish(rows.single()) }
    }

    package func run(_ id: RunID, for caller: Caller) async throws(StoreError) -> RecordedRun? {
        let rows = try await query(
            RunStatements.read,
            [.text(id.text), PostgresParameter(caller.principal?.text), .integer(runLife.afterLoss.milliseconds)]
        )
        return try translatingErrors { () throws(PostgresError) in
            try rows.first.map { row throws(PostgresError) in try RecordedRun(id, row) }
        }
    }

    package func events(of id: RunID, after number: Int, for caller: Caller) async throws(StoreError) -> EventPage? {
        while true {
            let rows = try await settle(
                RunStatements.events,
                [
                    .text(id.text), PostgresParameter(caller.principal?.text), .integer(max(number, 0)),
                    .integer(EventPage.size), .integer(EncodedEvent.overhead),
                    .integer(runLife.afterLoss.milliseconds), .integer(Self.readerLife.milliseconds),
                ]
            )
            guard let first = rows.first else { return nil }
            let isOvertaken = try translatingErrors { () throws(PostgresError) in try first.bool(1) }
            // Something was recorded before it was noted that somebody reads: nobody may have been told of it.
            if isOvertaken { continue }
            return try translatingErrors { () throws(PostgresError) in try EventPage(first, rows) }
        }
    }

    package func cancel(_ id: RunID, for caller: Caller) async throws(StoreError) -> RunRecord.State? {
        let rows = try await settle(RunStatements.cancel, [.text(id.text), PostgresParameter(caller.principal?.text)])
        return try translatingErrors { () throws(PostgresError) in
            try rows.first.map { row throws(PostgresError) in try RunRecord.State(row, at: 0) }
        }
    }

    package func forget(_ id: RunID) async throws(StoreError) {
        _ = try await settle(RunStatements.forget, [.text(id.text), .integer(limits.retention)])
    }

    package func watching<Result>(_ id: RunID, for topic: RunTopic, _ body: (Signal) async -> Result) async -> Result {
        await board.listening(for: .run(id, topic), body)
    }

    /// Drops all runs of a principal.
    func dropRuns(of principal: Principal) async throws(StoreError) {
        _ = try await settle(RunStatements.forgetOwned, [.text(principal.text), .integer(limits.retention)])
    }

    /// Drops the runs of a session of which nothing else is known, those that `caller` may see.
    func dropRuns(of session: SessionID, for caller: Caller) async throws(StoreError) {
        _ = try await settle(
            RunStatements.clear,
            [.text(session.text), .integer(limits.retention), PostgresParameter(caller.principal?.text)]
        )
    }

    /// Runs one statement, again when somebody else was in its way: servers that are set to stricter isolation refuse it
    /// then.
    private func settle(_ text: String, _ parameters: [PostgresParameter]) async throws(StoreError) -> PostgresRows {
        let deadline = ContinuousClock.now + .milliseconds(client.configuration.statementTimeoutMilliseconds)
        while true {
            do throws(PostgresError) {
                return try await client.query(text, parameters, deadline: deadline)
            } catch {
                guard error.sqlState == "40001" else { throw StoreError(error) }
            }
        }
    }
}

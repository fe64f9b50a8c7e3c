/// A connection that is lent for a scope, to be used by one statement after the other. It must not leave the scope; what
/// is kept of it beyond only throws.
package final class PostgresConnection {
    private let link: PostgresLink
    private let configuration: PostgresConfiguration
    private let deadline: ContinuousClock.Instant?
    private var isOver = false
    private var isInTransaction = false

    init(_ link: PostgresLink, _ configuration: PostgresConfiguration, deadline: ContinuousClock.Instant?) {
        self.link = link
        self.configuration = configuration
        self.deadline = deadline
    }

    /// The scope has ended.
    func end() { isOver = true }

    /// Runs one statement with `parameters` for its `$1`, `$2`…. The connection prepares each text once, so texts must be
    /// constant: what varies is a parameter.
    ///
    /// - Throws: `.server` with the server's code; `.timeout`, `.cancelled`, `.connectionClosed`, `.unexpectedResult` (COPY);
    ///   `.invalidParameter`, `.misuse` before anything is sent.
    package func query(_ text: String, _ parameters: [PostgresParameter] = []) async throws(PostgresError)
        -> PostgresRows
    {
        try checkScope()
        let block = try ParameterBlock(parameters, limit: configuration.maximumParameterBytes)
        return try await link.query(text, block, stake: isInTransaction ? .nothing : .outcome, by: statementDeadline)
    }

    /// Runs the statements of `script`, separated by `;`, in one round trip and, outside a transaction, as one transaction:
    /// for schemas. Throws as `query` does.
    package func execute(_ script: String) async throws(PostgresError) {
        try checkScope()
        _ = try await link.execute(script, stake: isInTransaction ? .nothing : .outcome, by: statementDeadline)
    }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws or the task is cancelled.
    ///
    /// When COMMIT fails, the error's `outcomeUnknown` tells whether it may have happened all the same; after any other error
    /// it has not. `.rolledBack` when `body` returned although a statement of its had failed.
    package func withTransaction<Result>(
        _ body: (PostgresConnection) async throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        try checkScope()
        guard !isInTransaction else { throw PostgresError(.misuse, "a transaction within a transaction") }
        _ = try await link.execute("BEGIN", stake: .nothing, by: statementDeadline)
        isInTransaction = true
        defer { isInTransaction = false }
        let result: Result
        do throws(PostgresError) {
            result = try await body(self)
        } catch {
            // Should this fail, for a cancelled task always: a connection with an open transaction is closed when it is
            // given back, and the server rolls back.
            _ = try? await link.execute("ROLLBACK", stake: .nothing, by: statementDeadline)
            throw error
        }
        let end = try await link.execute("COMMIT", stake: .outcome, by: statementDeadline)
        // PostgreSQL takes the COMMIT of a failed transaction for a ROLLBACK, and says so only in passing.
        guard end.result.command == "COMMIT" else {
            throw PostgresError(.rolledBack, "a statement of the transaction had failed", sqlState: "25P02")
        }
        return result
    }

    private var statementDeadline: ContinuousClock.Instant {
        let patience = ContinuousClock.now + .milliseconds(configuration.statementTimeoutMilliseconds)
        return min(patience, deadline ?? patience)
    }

    private func checkScope() throws(PostgresError) {
        if isOver { throw PostgresError(.misuse, "the connection's scope has ended") }
    }
}

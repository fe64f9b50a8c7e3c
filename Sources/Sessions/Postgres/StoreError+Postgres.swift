import Agent
import Postgres

extension StoreError {
    /// What a caller of the store needs to know of `error`. The message is safe for logs.
    init(_ error: PostgresError, file: String = #fileID, line: Int = #line) {
        let code: Code
        let message: String
        switch (error.code, error.sqlState) {
        case (.cancelled, _):
            (code, message) = (.cancelled, "The caller was cancelled.")
        // Too much for one statement, or for one value.
        case (.invalidParameter, _), (_, "54000"):
            (code, message) = (.tooLarge, "The history, or what goes with it, is too large.")
        case (.unexpectedResult, _):
            (code, message) = (.unreadable, "What PostgreSQL holds there is not ours to read.")
        // The disk, or the memory.
        case (_, "53100"), (_, "53200"):
            (code, message) = (.full, "PostgreSQL has no room left.")
        // No such schema, table, column or function.
        case (_, "3F000"), (_, "42P01"), (_, "42703"), (_, "42883"):
            (code, message) = (.unavailable, PostgresMigrations.notApplied)
        case (let other, let state):
            let words = state.map { "\(other) \($0)" } ?? "\(other)"
            (code, message) = (.unavailable, "PostgreSQL does not serve: \(words).")
        }
        self.init(code, message, underlying: error, file: file, line: line)
    }
}

/// Runs `body` and throws its error as the store's.
func translatingErrors<Result>(_ body: () throws(PostgresError) -> Result) throws(StoreError) -> Result {
    do throws(PostgresError) { return try body() } catch { throw StoreError(error) }
}

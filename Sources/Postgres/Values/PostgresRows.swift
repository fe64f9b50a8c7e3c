/// What a statement has brought: its rows, none for a command without any, and how many it has written.
package struct PostgresRows: Sendable, RandomAccessCollection {
    let result: ResultSet

    package var startIndex: Int { 0 }
    package var endIndex: Int { result.rows }

    /// Rows that an INSERT, UPDATE, DELETE or MERGE has written.
    package var affected: Int { result.affected }

    package subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "there is no row \(position)")
        return PostgresRow(result: result, row: position)
    }

    /// The only row; `.unexpectedResult` when there are none or several.
    package func single() throws(PostgresError) -> PostgresRow {
        guard count == 1 else { throw PostgresError(.unexpectedResult, "wanted one row, got \(count)") }
        return self[0]
    }
}

import CPostgres

/// One result of libpq, freed with its last reference.
///
/// Sendable: after libpq has handed a result out nobody changes it, and reading it is safe from any thread.
/// Source: https://www.postgresql.org/docs/15/libpq-threading.html
final class ResultSet: @unchecked Sendable {
    /// What a result is, as far as the reading goes on.
    enum Kind: Equatable {
        case rows
        /// A command without rows, or nothing at all.
        case done
        case failure(ServerFailure)
        /// COPY, or what a later libpq may bring.
        case foreign
    }

    private let result: OpaquePointer

    /// Takes `result` over.
    init(taking result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    var kind: Kind {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK: .rows
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: .failure(failure)
        default: .foreign
        }
    }

    private var failure: ServerFailure {
        // A code is missing when libpq itself made the error, because the connection is gone.
        ServerFailure(
            sqlState: field("C") ?? "08006",
            severity: field("V") ?? field("S") ?? "FATAL",
            text: field("M") ?? "the connection failed",
            constraint: field("n")
        )
    }

    /// Source: https://www.postgresql.org/docs/15/protocol-error-fields.html
    private func field(_ code: Unicode.Scalar) -> String? {
        PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }

    var rows: Int { Int(PQntuples(result)) }
    var columns: Int { Int(PQnfields(result)) }

    /// The first word of the command tag: `COMMIT`, `INSERT`….
    var command: String {
        guard let tag = PQcmdStatus(result) else { return "" }
        return String(String(cString: tag).prefix { $0 != " " })
    }

    /// Rows that a command has written, or a query has read; 0 for what counts none.
    var affected: Int { PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// The type's object identifier in the server's catalogue.
    func type(of column: Int) -> UInt32 { PQftype(result, Int32(column)) }

    /// Whether the values came in the binary format.
    func isBinary(_ column: Int) -> Bool { PQfformat(result, Int32(column)) == 1 }

    /// Calls `body` with the value's bytes, which are valid within it only; `nil` when the value is null. Row and column must
    /// exist.
    func withBytes<Result>(row: Int, column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(result, row, column) == 0 else { return nil }
        return body(
            UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        )
    }
}

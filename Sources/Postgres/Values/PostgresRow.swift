/// One row. Columns are read by their number, from 0, as the type that the caller expects; anything else is
/// `.unexpectedResult`, and so is a null where the caller does not read an optional.
package struct PostgresRow: Sendable {
    let result: ResultSet
    let row: Int

    /// An `int2`, `int4`, `int8` or `oid`.
    package func int(_ column: Int) throws(PostgresError) -> Int { try present(optionalInt(column), column) }

    package func optionalInt(_ column: Int) throws(PostgresError) -> Int? {
        try read(column, as: "an integer") { type, bytes in
            switch (type, bytes.count) {
            case (.int8, 8): Int(Int64(bitPattern: bytes.bigEndian()))
            case (.int4, 4): Int(Int32(truncatingIfNeeded: bytes.bigEndian()))
            case (.int2, 2): Int(Int16(truncatingIfNeeded: bytes.bigEndian()))
            case (.oid, 4): Int(bytes.bigEndian())
            default: nil
            }
        }
    }

    /// A `bool`.
    package func bool(_ column: Int) throws(PostgresError) -> Bool { try present(optionalBool(column), column) }

    package func optionalBool(_ column: Int) throws(PostgresError) -> Bool? {
        try read(column, as: "a boolean") { type, bytes in type == .bool && bytes.count == 1 ? bytes[0] != 0 : nil }
    }

    /// A `float4` or `float8`.
    package func double(_ column: Int) throws(PostgresError) -> Double { try present(optionalDouble(column), column) }

    package func optionalDouble(_ column: Int) throws(PostgresError) -> Double? {
        try read(column, as: "a floating-point number") { type, bytes in
            switch (type, bytes.count) {
            case (.float8, 8): Double(bitPattern: bytes.bigEndian())
            case (.float4, 4): Double(Float(bitPattern: UInt32(truncatingIfNeeded: bytes.bigEndian())))
            default: nil
            }
        }
    }

    /// A `text`, `varchar`, `char`, `name`, `json` or `jsonb`. Other types: `column::text`.
    package func string(_ column: Int) throws(PostgresError) -> String { try present(optionalString(column), column) }

    package func optionalString(_ column: Int) throws(PostgresError) -> String? {
        try read(column, as: "text") { type, bytes in
            type == .bytea ? nil : type.textBytes(in: bytes).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// A `bytea`, or the UTF-8 of what `string` reads, JSON included.
    package func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try present(optionalBytes(column), column) }

    package func optionalBytes(_ column: Int) throws(PostgresError) -> [UInt8]? {
        try read(column, as: "bytes") { type, bytes in type.textBytes(in: bytes).map { [UInt8]($0) } }
    }

    /// A `timestamptz`, in microseconds since 1970-01-01 UTC; `.max` and `.min` for `infinity` and `-infinity`.
    package func microseconds(_ column: Int) throws(PostgresError) -> Int {
        try present(optionalMicroseconds(column), column)
    }

    package func optionalMicroseconds(_ column: Int) throws(PostgresError) -> Int? {
        try read(column, as: "a timestamptz") { type, bytes in
            guard type == .timestamptz, bytes.count == 8 else { return nil }
            // The server counts from 2000-01-01.
            let (value, overflow) = Int(Int64(bitPattern: bytes.bigEndian())).addingReportingOverflow(
                946_684_800_000_000
            )
            return overflow ? .max : value == .min + 946_684_800_000_000 ? .min : value
        }
    }

    // MARK: Reading

    private func present<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        guard let value else { throw PostgresError(.unexpectedResult, "column \(column) is null") }
        return value
    }

    /// What `convert` makes of the value, `nil` for null; it returns `nil` for a type that is not `wanted`.
    private func read<Value>(
        _ column: Int,
        as wanted: String,
        _ convert: (PostgresType, UnsafeRawBufferPointer) -> Value?
    ) throws(PostgresError) -> Value? {
        guard (0..<result.columns).contains(column) else {
            throw PostgresError(.unexpectedResult, "there is no column \(column) of \(result.columns)")
        }
        let type = PostgresType(oid: result.type(of: column))
        guard let converted = result.withBytes(row: row, column: column, { convert(type, $0) }) else { return nil }
        guard result.isBinary(column), let value = converted else {
            throw PostgresError(.unexpectedResult, "column \(column) is of type \(type.oid), not \(wanted)")
        }
        return value
    }
}

/// The types that rows read, by their number in the server's catalogue.
/// Source: https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/catalog/pg_type.dat
struct PostgresType: Equatable {
    var oid: UInt32

    static let bool = Self(oid: 16)
    static let bytea = Self(oid: 17)
    static let name = Self(oid: 19)
    static let int8 = Self(oid: 20)
    static let int2 = Self(oid: 21)
    static let int4 = Self(oid: 23)
    static let text = Self(oid: 25)
    static let oid = Self(oid: 26)
    static let json = Self(oid: 114)
    static let float4 = Self(oid: 700)
    static let float8 = Self(oid: 701)
    static let bpchar = Self(oid: 1042)
    static let varchar = Self(oid: 1043)
    static let timestamptz = Self(oid: 1184)
    static let jsonb = Self(oid: 3802)

    /// The value's own bytes, for types whose binary format is nothing but them; `nil` for other types.
    func textBytes(in bytes: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer>? {
        switch self {
        case .bytea, .text, .varchar, .bpchar, .name, .json: bytes[...]
        // A version number, always 1 so far, comes first.
        case .jsonb: bytes.first == 1 ? bytes.dropFirst() : nil
        default: nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Up to eight bytes as a number, the most significant first.
    fileprivate func bigEndian() -> UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
}

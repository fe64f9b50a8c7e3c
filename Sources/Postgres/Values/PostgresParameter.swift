/// A value for one of a statement's `$1`, `$2`…. The server decides its type by where it stands: `.integer` fits an `int2` as
/// well as a `numeric`, `.text` an `uuid` or a `timestamptz`. Where nothing tells, write `$1::int8`.
package enum PostgresParameter: Sendable, Equatable {
    case null
    /// Must not hold a NUL, which PostgreSQL has no place for.
    case text(String)
    case integer(Int)
    case boolean(Bool)
    /// For a `bytea`, any bytes.
    case bytes([UInt8])
    /// For a `json` or a `jsonb`: a JSON text in UTF-8. `jsonb` refuses `\u0000` in it (22P05).
    case json([UInt8])

    package init(_ text: String?) { self = text.map(Self.text) ?? .null }
    package init(_ integer: Int?) { self = integer.map(Self.integer) ?? .null }
    package init(_ boolean: Bool?) { self = boolean.map(Self.boolean) ?? .null }
    package init(_ bytes: [UInt8]?) { self = bytes.map(Self.bytes) ?? .null }
}

extension PostgresParameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(nilLiteral: ()) { self = .null }
}

import Postgres

/// Arrays, as PostgreSQL reads them from text.
/// Source: https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO
extension PostgresParameter {
    /// For a `text[]`.
    static func array(_ texts: [String]) -> Self {
        elements(
            texts.map { text in
                let escaped = text.utf8.flatMap { byte in
                    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
                }
                return "\"" + String(decoding: escaped, as: UTF8.self) + "\""
            }
        )
    }

    /// For a `bytea[]`.
    static func array(_ values: [[UInt8]?]) -> Self {
        elements(
            values.map { bytes in
                guard let bytes else { return "NULL" }
                var digits = Array("\"\\\\x".utf8)
                digits.reserveCapacity(bytes.count * 2 + 5)
                for byte in bytes {
                    digits.append(hexDigits[Int(byte >> 4)])
                    digits.append(hexDigits[Int(byte & 15)])
                }
                digits.append(UInt8(ascii: "\""))
                return String(decoding: digits, as: UTF8.self)
            }
        )
    }

    /// For a `bigint[]`.
    static func array(_ numbers: [Int]) -> Self { elements(numbers.map { String($0) }) }

    private static func elements(_ elements: [String]) -> Self { .text("{" + elements.joined(separator: ",") + "}") }
}

private let hexDigits = Array("0123456789abcdef".utf8)

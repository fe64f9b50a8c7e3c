extension JSONValue {
    /// Compact JSON with sorted keys: the same members give the same bytes, in whatever order they were written.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }

    private func encode(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value):
            // JSON has no other way to say that a number is none.
            bytes.append(contentsOf: (value.isFinite ? String(value) : "null").utf8)
        case .string(let value): bytes.appendJSONString(value)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.encode(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, (key, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.appendJSONString(key)
                bytes.append(UInt8(ascii: ":"))
                value.encode(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

extension [UInt8] {
    /// Appends `text` as a JSON string, quotes included. Escapes only what RFC 8259 section 7 says must be.
    package mutating func appendJSONString(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            append(UInt8(ascii: "\""))
            var copied = 0
            while true {
                let end = bytes.endOfPlainBytes(from: copied)
                append(contentsOf: UnsafeBufferPointer(rebasing: bytes[copied..<end]))
                guard end < bytes.count else { break }
                appendEscape(of: bytes[end])
                copied = end + 1
            }
            append(UInt8(ascii: "\""))
        }
    }

    private mutating func appendEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"): append(contentsOf: "\\n".utf8)
        case UInt8(ascii: "\r"): append(contentsOf: "\\r".utf8)
        case UInt8(ascii: "\t"): append(contentsOf: "\\t".utf8)
        case 0..<0x20:
            append(contentsOf: "\\u00".utf8)
            append(hexDigit(byte >> 4))
            append(hexDigit(byte & 15))
        default:
            append(UInt8(ascii: "\\"))
            append(byte)
        }
    }
}

/// The digit, in lower case, of a value below 16.
func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

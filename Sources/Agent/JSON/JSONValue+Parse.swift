extension JSONValue {
    /// How deep documents that are read as trees may nest.
    package static let maxDepth = 64

    /// Reads one JSON document, strictly: UTF-8, no key twice in an object, no half surrogate pairs, numbers that a
    /// 64-bit integer or a double can hold, at most ``maxDepth`` levels. Source: RFC 8259 and RFC 7493 (I-JSON).
    package init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        self = try JSONScanner.withScanner(over: Array(bytes), maxDepth: Self.maxDepth) { (scanner) throws(JSONError) in
            try JSONValue(from: &scanner, isStrict: true)
        }
    }

    /// Reads a document as well as it can be read: of a key that stands twice the last value counts, a number that is
    /// too large becomes its digits as text. Levels are bounded by what the scanner takes.
    /// - Throws: when `bytes` is no JSON, or holds half of a surrogate pair.
    init(lenientlyParsing bytes: [UInt8], maxDepth: Int) throws(JSONError) {
        self = try JSONScanner.withScanner(over: bytes, maxDepth: maxDepth) { (scanner) throws(JSONError) in
            try JSONValue(from: &scanner, isStrict: false)
        }
    }

    /// Whether strict reading takes `bytes` with at most `maxDepth` levels.
    static func isPlain(_ bytes: [UInt8], maxDepth: Int) -> Bool {
        let read = try? JSONScanner.withScanner(over: bytes, maxDepth: maxDepth) { (scanner) throws(JSONError) in
            try JSONValue(from: &scanner, isStrict: true)
        }
        return read != nil
    }

    private init(from scanner: inout JSONScanner, isStrict: Bool) throws(JSONError) {
        switch scanner.peek() {
        case nil: throw scanner.error(.endedEarly)
        case UInt8(ascii: "{"):
            // Room for a few at once: growing from nothing costs three tables.
            var members = [String: JSONValue](minimumCapacity: 6)
            try scanner.object { (scanner, token) throws(JSONError) in
                let key = try scanner.text(of: token)
                let value = try JSONValue(from: &scanner, isStrict: isStrict)
                if members.updateValue(value, forKey: key) != nil, isStrict { throw scanner.error(.duplicateKey) }
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try scanner.array { (scanner) throws(JSONError) in
                elements.append(try JSONValue(from: &scanner, isStrict: isStrict))
            }
            self = .array(elements)
        case UInt8(ascii: "\""):
            let token = try scanner.string()
            self = .string(try scanner.text(of: token))
        case UInt8(ascii: "t"):
            try scanner.literal("true")
            self = .bool(true)
        case UInt8(ascii: "f"):
            try scanner.literal("false")
            self = .bool(false)
        case UInt8(ascii: "n"):
            try scanner.literal("null")
            self = .null
        default:
            let number = try scanner.number()
            let text = String(decoding: scanner.slice(number.range), as: UTF8.self)
            if number.isInteger, let value = Int(text) {
                self = .int(value)
            } else if let value = Double(text), value.isFinite {
                self = .double(value)
            } else if !isStrict {
                self = .string(text)
            } else {
                throw scanner.error(.numberOutOfRange)
            }
        }
    }
}

extension JSONScanner {
    /// The text that a string stands for.
    func text(of token: StringToken) throws(JSONError) -> String {
        guard !token.hasLoneSurrogate else {
            throw JSONError(reason: .loneSurrogate, offset: token.contents.lowerBound)
        }
        let bytes = slice(token.contents)
        return token.hasEscapes ? unescape(bytes) : String(decoding: bytes, as: UTF8.self)
    }
}

/// Undoes the escapes of a string that the scanner has accepted.
private func unescape(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var units: [UInt16] = []
    var plain: [UInt8] = []
    var text = ""
    var index = 0
    func flush() {
        text += String(decoding: units, as: UTF16.self)
        text += String(decoding: plain, as: UTF8.self)
        units.removeAll(keepingCapacity: true)
        plain.removeAll(keepingCapacity: true)
    }
    while index < bytes.count {
        guard bytes[index] == UInt8(ascii: "\\") else {
            if !units.isEmpty { flush() }
            plain.append(bytes[index])
            index += 1
            continue
        }
        let kind = bytes[index + 1]
        index += 2
        if kind == UInt8(ascii: "u") {
            if !plain.isEmpty { flush() }
            units.append(bytes[index..<index + 4].reduce(0) { $0 << 4 | UInt16($1.hexDigitValue ?? 0) })
            index += 4
            continue
        }
        if !units.isEmpty { flush() }
        switch kind {
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "t"): plain.append(0x09)
        default: plain.append(kind)
        }
    }
    flush()
    return text
}

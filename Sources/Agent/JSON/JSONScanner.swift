/// Walks over JSON text without building anything: checks the grammar of RFC 8259 and tells where things stand.
///
/// It reads memory that it does not own, so it lives only inside `withScanner`. UTF-8 is checked there, once, for the
/// whole text.
struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// The next byte to read.
    private(set) var position = 0
    /// How many more arrays and objects may open inside each other.
    private var depthLeft: Int
    /// With fewer levels left than this, text is deeper than strict readers go.
    private let deepBelow: Int
    /// What was read so far that is JSON by its grammar, but may be refused by strict readers.
    private var oddities = JSONOddities()

    private init(_ bytes: UnsafeBufferPointer<UInt8>, maxDepth: Int) {
        self.bytes = bytes
        depthLeft = maxDepth
        deepBelow = maxDepth - JSONOddities.plainDepth
    }

    /// The oddities met since the last call.
    mutating func takeOddities() -> JSONOddities {
        defer { oddities = [] }
        return oddities
    }

    /// Calls `body` with a scanner at the start of `bytes`, and checks that it stops at their end.
    static func withScanner<Result>(
        over bytes: [UInt8],
        maxDepth: Int,
        _ body: (inout JSONScanner) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            if !buffer.isUTF8 { throw JSONError(reason: .badUTF8, offset: badUTF8(in: buffer)) }
            var scanner = JSONScanner(buffer, maxDepth: maxDepth)
            let result = try body(&scanner)
            guard scanner.peek() == nil else { throw scanner.error(.trailingBytes) }
            return result
        }
    }

    /// Where text stops to be UTF-8.
    private static func badUTF8(in buffer: UnsafeBufferPointer<UInt8>) -> Int {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: buffer.span)
            return buffer.count
        } catch {
            return error.byteOffsets.lowerBound
        }
    }

    /// The next byte that is no white space, without reading it; `nil` at the end.
    @inline(__always)
    mutating func peek() -> UInt8? {
        if position < bytes.count, bytes[position] > 0x20 { return bytes[position] }
        return peekBehindSpace()
    }

    private mutating func peekBehindSpace() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    func error(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: position) }

    /// The bytes of a range that an earlier call returned.
    func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[range]) }

    /// Whether the bytes of `range` are just `text`.
    @inline(__always)
    func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        let wanted = text.utf8Start
        var index = 0
        while index < range.count, bytes[range.lowerBound &+ index] == wanted[index] { index &+= 1 }
        return index == range.count
    }

    // MARK: Values

    /// Reads any value; the range of its bytes.
    @discardableResult
    mutating func value() throws(JSONError) -> Range<Int> {
        guard let first = peek() else { throw error(.endedEarly) }
        let start = position
        switch first {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"):
            var keys = KeySketch()
            try object { (scanner, key) throws(JSONError) in
                if key.hasEscapes || !keys.insert(scanner.slice(key.contents)) { scanner.oddities.insert(.repeatedKey) }
                try scanner.value()
            }
        case UInt8(ascii: "["): try array { (scanner) throws(JSONError) in try scanner.value() }
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
        return start..<position
    }

    /// Reads an object. `member` is called behind each key's colon and must read the value.
    @inline(__always)
    mutating func object(
        _ member: (inout JSONScanner, StringToken) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(UInt8(ascii: "{"))
        if peek() == UInt8(ascii: "}") { return close() }
        while true {
            let key = try string()
            try consume(UInt8(ascii: ":"))
            try member(&self, key)
            switch peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"): return close()
            case nil: throw error(.endedEarly)
            default: throw error(.unexpectedByte)
            }
        }
    }

    /// Reads an array. `element` is called before each element and must read it.
    @inline(__always)
    mutating func array(_ element: (inout JSONScanner) throws(JSONError) -> Void) throws(JSONError) {
        try open(UInt8(ascii: "["))
        if peek() == UInt8(ascii: "]") { return close() }
        while true {
            try element(&self)
            switch peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"): return close()
            case nil: throw error(.endedEarly)
            default: throw error(.unexpectedByte)
            }
        }
    }

    // MARK: Tokens

    mutating func literal(_ text: StaticString) throws(JSONError) {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count else { throw error(.endedEarly) }
        guard matches(position..<end, text) else { throw error(.unexpectedByte) }
        position = end
    }

    /// Reads a number; whether it is written as an integer.
    mutating func number() throws(JSONError) -> (range: Range<Int>, isInteger: Bool) {
        let start = position
        var isInteger = true
        if current == UInt8(ascii: "-") { position += 1 }
        guard let first = current, first.isDigit else {
            throw error(position == start ? .unexpectedByte : .badNumber)
        }
        position += 1
        if first != UInt8(ascii: "0") { skipDigits() }
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard current?.isDigit == true else { throw error(.badNumber) }
            skipDigits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            guard current?.isDigit == true else { throw error(.badNumber) }
            skipDigits()
            oddities.insert(.number)
        }
        if current?.isDigit == true { throw error(.badNumber) }
        if position - start > JSONOddities.plainDigits { oddities.insert(.number) }
        return (start..<position, isInteger)
    }

    /// A string as it stands in the text.
    struct StringToken {
        /// The bytes between the quotes.
        var contents: Range<Int>
        var hasEscapes = false
        /// An escaped half of a surrogate pair is inside: legal JSON, but no text.
        var hasLoneSurrogate = false
    }

    @inline(__always)
    mutating func string() throws(JSONError) -> StringToken {
        try consume(UInt8(ascii: "\""))
        // Most keys end inside one word.
        if let end = bytes.endOfPlainBytesInWord(from: position), bytes[end] == UInt8(ascii: "\"") {
            defer { position = end &+ 1 }
            return StringToken(contents: position..<end)
        }
        return try longString()
    }

    private mutating func longString() throws(JSONError) -> StringToken {
        let start = position
        var token = StringToken(contents: start..<start)
        while true {
            position = bytes.endOfSimpleBlocks(from: position, hasEscapes: &token.hasEscapes)
            let next = position &+ 32
            // A block that holds something else, mostly the string's end. Behind it no backslash may come before the next.
            repeat {
                position = bytes.endOfPlainBytes(from: position)
                guard let byte = current else { throw error(.endedEarly) }
                switch byte {
                case UInt8(ascii: "\""):
                    token.contents = start..<position
                    position &+= 1
                    return token
                case UInt8(ascii: "\\"):
                    token.hasEscapes = true
                    if try escape() == .loneSurrogate {
                        token.hasLoneSurrogate = true
                        oddities.insert(.loneSurrogate)
                    }
                default: throw error(.controlCharacter)
                }
            } while position < next || bytes[position &- 1] == UInt8(ascii: "\\")
        }
    }

    private enum Escape { case character, loneSurrogate }

    private mutating func escape() throws(JSONError) -> Escape {
        position += 1
        guard let byte = current else { throw error(.endedEarly) }
        position += 1
        if byte.isEscapeLetter { return .character }
        guard byte == UInt8(ascii: "u") else { throw error(.badEscape) }
        let unit = try hexUnit()
        if UTF16.isTrailSurrogate(unit) { return .loneSurrogate }
        guard UTF16.isLeadSurrogate(unit) else { return .character }
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return .loneSurrogate }
        let pairStart = position
        position += 2
        if UTF16.isTrailSurrogate(try hexUnit()) { return .character }
        position = pairStart
        return .loneSurrogate
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw error(.endedEarly) }
        var unit: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = byte.hexDigitValue else { throw error(.badEscape) }
            unit = unit << 4 | UInt16(digit)
        }
        position += 4
        return unit
    }

    // MARK: Bytes

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    @inline(__always)
    private mutating func consume(_ byte: UInt8) throws(JSONError) {
        guard let next = peek() else { throw error(.endedEarly) }
        guard next == byte else { throw error(.unexpectedByte) }
        position += 1
    }

    private mutating func open(_ bracket: UInt8) throws(JSONError) {
        try consume(bracket)
        guard depthLeft > 0 else { throw error(.tooDeep) }
        depthLeft -= 1
        if depthLeft < deepBelow { oddities.insert(.depth) }
    }

    private mutating func close() {
        position += 1
        depthLeft += 1
    }

    private mutating func skipDigits() {
        while current?.isDigit == true { position += 1 }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// Whether a backslash and this byte are an escape. Source: RFC 8259, section 7.
    @inline(__always)
    fileprivate var isEscapeLetter: Bool {
        // One bit for each of "\"/" and "\\bfnrt".
        let letters: UInt64 =
            self < 0x40 ? 1 << 0x22 | 1 << 0x2F : 1 << 0x1C | 1 << 0x22 | 1 << 0x26 | 1 << 0x2E | 1 << 0x32 | 1 << 0x34
        return self < 0x80 && letters >> (UInt64(self) & 0x3F) & 1 == 1
    }

    /// The value of an ASCII hexadecimal digit.
    var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

import Agent

/// The cache marks that another program stored in a history. They count towards the API's four and may not fit ours in
/// order or lifetime, so that a request which kept them could be refused for as long as the session lives.
///
/// Reads bytes that were checked to be JSON when the conversation took them.
struct ForeignMarks {
    /// Members to leave out when the history is copied, each with one comma, in ascending order.
    private(set) var ranges: [Range<Int>] = []

    init(in conversation: Conversation) {
        // Nearly always there are none, and one search tells.
        guard conversation.bytes[...].contains(Self.key) else { return }
        for block in conversation.blocks where conversation.bytes[block.range].contains(Self.key) {
            var reader = Reader(bytes: conversation.bytes[block.range])
            reader.value()
            ranges += reader.marks
        }
    }

    fileprivate static let key: StaticString = "\"cache_control\""
    /// A call's arguments are the tool's, whatever they are named.
    fileprivate static let input: StaticString = "\"input\""
}

/// Walks over one block and notes the members to leave out.
private struct Reader {
    let bytes: ArraySlice<UInt8>
    private var position: Int
    private(set) var marks: [Range<Int>] = []

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    mutating func value() {
        switch next() {
        case UInt8(ascii: "{"): object()
        case UInt8(ascii: "["): array()
        case UInt8(ascii: "\""): string()
        default: scalar()
        }
    }

    private mutating func object() {
        advance()
        // A mark takes the comma before it along, or the one behind it while nothing before it stays.
        var isFirst = true
        var previousEnd = position
        while let byte = next(), byte != UInt8(ascii: "}") {
            let start = position
            string()
            let key = bytes[start..<position]
            _ = next()
            advance()
            let known = marks.count
            value()
            let end = position
            if next() == UInt8(ascii: ",") { advance() }
            let isMark = key.equals(ForeignMarks.key)
            if isMark || key.equals(ForeignMarks.input) { marks.removeSubrange(known...) }
            if isMark { marks.append(isFirst ? start..<position : previousEnd..<end) } else { isFirst = false }
            previousEnd = end
        }
        advance()
    }

    private mutating func array() {
        advance()
        while let byte = next(), byte != UInt8(ascii: "]") {
            if byte == UInt8(ascii: ",") { advance() } else { value() }
        }
        advance()
    }

    private mutating func string() {
        advance()
        while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
            advance(by: bytes[position] == UInt8(ascii: "\\") ? 2 : 1)
        }
        advance()
    }

    private mutating func scalar() {
        repeat { advance() } while position < bytes.endIndex && !Self.ends.contains(bytes[position])
    }

    private static let ends = Array(",]} \t\n\r".utf8)

    private mutating func advance(by count: Int = 1) { position = min(position + count, bytes.endIndex) }

    /// The next byte that is no white space, not taken.
    private mutating func next() -> UInt8? {
        while position < bytes.endIndex {
            guard [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) else { return bytes[position] }
            position += 1
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    fileprivate func equals(_ text: StaticString) -> Bool { text.withUTF8Buffer { elementsEqual($0) } }

    /// Whether `needle`, of two bytes at least, stands here. A key is found, its name inside a string is not: there the
    /// quotes are escaped.
    fileprivate func contains(_ needle: StaticString) -> Bool {
        withUnsafeBufferPointer { bytes in
            needle.withUTF8Buffer { needle in
                guard bytes.count >= needle.count else { return false }
                return (0...bytes.count - needle.count).contains { index in
                    bytes[index] == needle[0] && bytes[index + 1] == needle[1]
                        && bytes[index..<index + needle.count].elementsEqual(needle)
                }
            }
        }
    }
}

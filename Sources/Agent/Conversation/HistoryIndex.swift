/// What one pass over a stored history finds: where messages and blocks stand.
///
/// Elements that are no proper messages are indexed as such, not refused: repairing them is a later decision.
struct HistoryIndex {
    /// How deep a history may nest. Deeper than a request's limit, since tool results and foreign programs add levels.
    private static let maxDepth = 256

    private(set) var messages: [Message] = []
    private(set) var blocks: [Block] = []
    /// The offset of the array's `]`.
    private(set) var closingBracket = 0

    /// - Throws: when `bytes` is no JSON array.
    init(scanning bytes: [UInt8]) throws(JSONError) {
        self = try JSONScanner.withScanner(over: bytes, maxDepth: Self.maxDepth) { (scanner) throws(JSONError) in
            var index = HistoryIndex()
            guard scanner.peek() == UInt8(ascii: "[") else { throw scanner.error(.unexpectedByte) }
            try scanner.array { (scanner) throws(JSONError) in try index.scanMessage(&scanner) }
            index.closingBracket = scanner.position - 1
            return index
        }
    }

    private init() {}

    /// What kind of block the JSON object `json` is.
    static func blockKind(of json: [UInt8]) -> Block.Kind {
        let index = try? JSONScanner.withScanner(over: json, maxDepth: maxDepth) { (scanner) throws(JSONError) in
            var index = HistoryIndex()
            _ = try index.scanBlock(&scanner)
            return index
        }
        return index?.blocks.first?.kind ?? .other
    }

    private mutating func scanMessage(_ scanner: inout JSONScanner) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            let range = try scanner.value()
            let nothing = range.upperBound..<range.upperBound
            messages.append(
                Message(range: range, role: .unknown, content: nothing, form: .malformed, blocks: noBlocks)
            )
            return
        }
        let start = scanner.position
        var message = Message(
            range: start..<start,
            role: .unknown,
            content: start..<start,
            form: .malformed,
            blocks: noBlocks
        )
        try scanner.object { (scanner, key) throws(JSONError) in
            if scanner.matches(key.contents, "content") {
                message = try scanContent(&scanner, of: message)
            } else if scanner.matches(key.contents, "role") {
                let role = try scanner.value()
                message.role =
                    if scanner.matches(role, #""user""#) {
                        .user
                    } else if scanner.matches(role, #""assistant""#) {
                        .assistant
                    } else {
                        .unknown
                    }
            } else {
                try scanner.value()
            }
        }
        message.range = start..<scanner.position
        messages.append(message)
    }

    private mutating func scanContent(
        _ scanner: inout JSONScanner,
        of message: Message
    ) throws(JSONError) -> Message {
        var message = message
        // A key that is written twice counts with its last value, as in most readers.
        blocks.removeSubrange(message.blocks)
        message.blocks = noBlocks
        let first = scanner.peek()
        let start = scanner.position
        switch first {
        case UInt8(ascii: "\""):
            _ = try scanner.string()
            message.form = .text
        case UInt8(ascii: "["):
            let firstBlock = blocks.count
            message.form = .blocks
            try scanner.array { (scanner) throws(JSONError) in
                if try scanBlock(&scanner) == false { message.form = .malformed }
            }
            message.blocks = firstBlock..<blocks.count
        default:
            try scanner.value()
            message.form = .malformed
        }
        message.content = start..<scanner.position
        return message
    }

    /// `false` when the element is no object with a type.
    private mutating func scanBlock(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
        guard scanner.peek() == UInt8(ascii: "{") else {
            try scanner.value()
            return false
        }
        let start = scanner.position
        var kind: Block.Kind?
        var id: Range<Int>?
        var toolUseID: Range<Int>?
        try scanner.object { (scanner, key) throws(JSONError) in
            guard scanner.peek() == UInt8(ascii: "\"") else {
                try scanner.value()
                return
            }
            let value = try scanner.string().contents
            if scanner.matches(key.contents, "type") {
                kind = scanner.blockKind(value)
            } else if scanner.matches(key.contents, "id") {
                id = value
            } else if scanner.matches(key.contents, "tool_use_id") {
                toolUseID = value
            }
        }
        let toolID: Range<Int>? =
            switch kind {
            case .toolUse: id
            case .toolResult: toolUseID
            default: nil
            }
        blocks.append(Block(range: start..<scanner.position, kind: kind ?? .other, toolID: toolID))
        return kind != nil
    }

    private var noBlocks: Range<Int> { blocks.count..<blocks.count }
}

extension JSONScanner {
    fileprivate func blockKind(_ type: Range<Int>) -> Block.Kind {
        if matches(type, "text") { return .text }
        if matches(type, "tool_use") { return .toolUse }
        if matches(type, "tool_result") { return .toolResult }
        if matches(type, "thinking") || matches(type, "redacted_thinking") { return .thinking }
        return .other
    }
}

/// What one pass over a stored history finds: where messages and blocks stand, and which messages may break a rule.
///
/// Elements that are no proper messages are indexed as such, not refused: repairing them is a later decision.
struct HistoryIndex {
    /// How deep a history may nest. Deeper than a request's limit, since tool results and foreign programs add levels.
    static let maxDepth = 256

    private(set) var messages: [Message] = []
    private(set) var blocks: [Block] = []
    /// The offset of the array's `]`.
    private(set) var closingBracket = 0
    /// The messages that may break a rule of the Messages API, in order. All others break none by themselves, and follow
    /// properly on the message before them.
    private(set) var suspects: [Int] = []
    /// Somewhere an escape stands for half of a surrogate pair.
    private(set) var hasLoneSurrogates = false
    private var order = MessageOrder()

    /// - Throws: when `bytes` is no JSON array.
    init(scanning bytes: [UInt8]) throws(JSONError) {
        self = try JSONScanner.withScanner(over: bytes, maxDepth: Self.maxDepth) { (scanner) throws(JSONError) in
            var index = HistoryIndex()
            guard scanner.peek() == UInt8(ascii: "[") else { throw scanner.error(.unexpectedByte) }
            try scanner.array { (scanner) throws(JSONError) in try index.scanMessage(&scanner) }
            index.closingBracket = scanner.position - 1
            if index.order.isOpen, index.suspects.last != index.messages.count - 1 {
                index.suspects.append(index.messages.count - 1)
            }
            return index
        }
    }

    private init() {}

    /// What kind of block the JSON object `json` is.
    static func blockKind(of json: [UInt8]) -> Block.Kind {
        let block = try? JSONScanner.withScanner(over: json, maxDepth: maxDepth) { (scanner) throws(JSONError) in
            try BlockScan(&scanner)
        }
        return block?.kind ?? .other
    }

    private mutating func scanMessage(_ scanner: inout JSONScanner) throws(JSONError) {
        let first = scanner.peek()
        let start = scanner.position
        var message = Message(
            range: start..<start,
            role: .unknown,
            content: start..<start,
            form: .malformed,
            blocks: noBlocks
        )
        var isProper = true
        if first == UInt8(ascii: "{") {
            var roles = 0
            var contents = 0
            try scanner.object { (scanner, key) throws(JSONError) in
                if scanner.matches(key.contents, "content") {
                    contents += 1
                    isProper = try scanContent(&scanner, of: &message) && isProper
                } else if scanner.matches(key.contents, "role") {
                    roles += 1
                    message.role = try scanner.role()
                } else {
                    isProper = false
                    try scanner.value()
                }
            }
            message.range = start..<scanner.position
            isProper = isProper && roles == 1 && contents == 1
        } else {
            message.range = try scanner.value()
            message.content = message.range.upperBound..<message.range.upperBound
            isProper = false
        }
        let oddities = scanner.takeOddities()
        if oddities.contains(.loneSurrogate) { hasLoneSurrogates = true }
        messages.append(message)
        let isInOrder = order.takes(message, blocks[message.blocks], &scanner)
        if !isProper || !oddities.isEmpty || !isInOrder { suspects.append(messages.count - 1) }
    }

    /// Whether the content breaks no rule by itself.
    private mutating func scanContent(
        _ scanner: inout JSONScanner,
        of message: inout Message
    ) throws(JSONError) -> Bool {
        // A key that is written twice counts with its last value, as in most readers.
        blocks.removeSubrange(message.blocks)
        message.blocks = noBlocks
        var isProper = true
        let first = scanner.peek()
        let start = scanner.position
        switch first {
        case UInt8(ascii: "\""):
            isProper = scanner.hasWords(try scanner.string().contents)
            message.form = .text
        case UInt8(ascii: "["):
            let firstBlock = blocks.count
            message.form = .blocks
            try scanner.array { (scanner) throws(JSONError) in
                guard scanner.peek() == UInt8(ascii: "{") else {
                    try scanner.value()
                    message.form = .malformed
                    return
                }
                let block = try BlockScan(&scanner)
                if !block.isProper { isProper = false }
                if block.kind == nil { message.form = .malformed }
                blocks.append(Block(range: block.range, kind: block.kind ?? .other, toolID: block.toolID))
            }
            message.blocks = firstBlock..<blocks.count
        default:
            try scanner.value()
            message.form = .malformed
        }
        message.content = start..<scanner.position
        return isProper && message.form != .malformed
    }

    private var noBlocks: Range<Int> { blocks.count..<blocks.count }
}

extension JSONScanner {
    fileprivate mutating func role() throws(JSONError) -> Message.Role {
        let role = try value()
        if matches(role, #""user""#) { return .user }
        return matches(role, #""assistant""#) ? .assistant : .unknown
    }
}

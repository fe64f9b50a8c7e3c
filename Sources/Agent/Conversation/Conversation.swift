/// The messages of a session as the stored bytes, plus an index of where each message and block stands.
///
/// What was stored is scanned once and never encoded again: a turn appends its messages behind the bytes that are there,
/// the model request and the next commit copy them as they are.
///
///     bytes     [{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text",…}]}
///     messages   └────────── 0 ──────────────┘ └────────────────────── 1 ────────────────────────┘
///     blocks                                                           └──────── 0 ───────┘
package struct Conversation: Sendable, Equatable {
    /// The JSON array without its closing bracket.
    package private(set) var bytes: [UInt8]
    package private(set) var messages: [Message]
    /// The blocks of all messages, in order.
    package private(set) var blocks: [Block]
    /// What the scan of a stored history saw in passing; messages that were appended here are right.
    let suspicion: Suspicion

    /// What may need a repair. Nothing else does.
    struct Suspicion: Sendable {
        /// The numbers of messages that may break a rule, in order.
        var messages: [Int] = []
        var hasLoneSurrogates = false
    }

    /// An empty conversation.
    package init() {
        bytes = [UInt8(ascii: "[")]
        messages = []
        blocks = []
        suspicion = Suspicion()
    }

    /// Takes a stored history. What stands between the brackets is kept byte for byte.
    /// - Throws: when `stored` is no JSON array.
    package init(stored: [UInt8]) throws(JSONError) {
        let index = try HistoryIndex(scanning: stored)
        bytes = []
        // What the turn appends shall not move all of it once more.
        bytes.reserveCapacity(index.closingBracket + min(index.closingBracket / 4, Self.largestRoom))
        bytes.append(contentsOf: stored[..<index.closingBracket])
        messages = index.messages
        blocks = index.blocks
        suspicion = Suspicion(messages: index.suspects, hasLoneSurrogates: index.hasLoneSurrogates)
    }

    /// The most bytes that are kept free for a turn behind a history.
    private static let largestRoom = 16 * 1024

    /// The whole JSON array, as it is stored.
    package var stored: [UInt8] {
        var copy = [UInt8]()
        copy.reserveCapacity(bytes.count + 1)
        copy.append(contentsOf: bytes)
        copy.append(UInt8(ascii: "]"))
        return copy
    }

    /// The messages from the `first` on alone, as a JSON array.
    func stored(from first: Int) -> [UInt8] {
        guard first < messages.count else { return Array("[]".utf8) }
        return [UInt8(ascii: "[")] + bytes[messages[first].range.lowerBound...] + [UInt8(ascii: "]")]
    }

    /// The size of ``stored``.
    package var storedCount: Int { bytes.count + 1 }

    /// Equal bytes, and the same seen in them.
    package static func == (one: Conversation, other: Conversation) -> Bool {
        one.bytes == other.bytes && one.messages == other.messages && one.blocks == other.blocks
    }

    package func blocks(of message: Message) -> ArraySlice<Block> { blocks[message.blocks] }
}

// MARK: - Appending

extension Conversation {
    /// Appends the messages of `other` from its `first`th on, byte for byte.
    package mutating func append(messagesOf other: Conversation, from first: Int) {
        guard first < other.messages.count else { return }
        if !messages.isEmpty { bytes.append(UInt8(ascii: ",")) }
        let moved = other.messages[first].range.lowerBound
        let offset = bytes.count - moved
        bytes.append(contentsOf: other.bytes[moved...])
        let blockOffset = blocks.count - other.messages[first].blocks.lowerBound
        blocks += other.blocks[other.messages[first].blocks.lowerBound...].map { $0.moved(by: offset) }
        messages += other.messages[first...].map { $0.moved(by: offset, blocksBy: blockOffset) }
    }
}

extension Conversation {
    /// Appends what the user said. `text` must not be empty.
    package mutating func append(user text: String) {
        appendMessage(role: .user) { conversation in conversation.bytes.appendJSONString(text) }
    }

    /// Appends what the model said. `answer` must not be empty, nor must a text in it be.
    package mutating func append(assistant answer: [AnswerBlock]) {
        appendMessage(role: .assistant) { conversation in
            conversation.appendBlocks(answer) { block, conversation in conversation.append(block) }
        }
    }

    /// Appends the results of the calls that the last message asked for, in their order.
    package mutating func append(toolResults results: [(call: ToolCall, result: ToolResult)]) {
        appendMessage(role: .user) { conversation in
            conversation.appendBlocks(results) { item, conversation in
                conversation.append(toolResult: item.result, of: item.call)
            }
        }
    }

    private mutating func appendMessage(role: Message.Role, _ content: (inout Conversation) -> Void) {
        if !messages.isEmpty { bytes.append(UInt8(ascii: ",")) }
        let start = bytes.count
        let firstBlock = blocks.count
        bytes.append(
            contentsOf: (role == .user ? #"{"role":"user","content":"# : #"{"role":"assistant","content":"#).utf8
        )
        let contentStart = bytes.count
        content(&self)
        let contentEnd = bytes.count
        bytes.append(UInt8(ascii: "}"))
        messages.append(
            Message(
                range: start..<bytes.count,
                role: role,
                content: contentStart..<contentEnd,
                form: bytes[contentStart] == UInt8(ascii: "[") ? .blocks : .text,
                blocks: firstBlock..<blocks.count
            )
        )
    }

    private mutating func appendBlocks<Item>(_ items: [Item], _ append: (Item, inout Conversation) -> Void) {
        bytes.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(item, &self)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func append(_ block: AnswerBlock) {
        let start = bytes.count
        var toolID: Range<Int>?
        let kind: Block.Kind
        switch block {
        case .text(let text):
            kind = .text
            bytes.append(contentsOf: #"{"type":"text","text":"#.utf8)
            bytes.appendJSONString(text)
            bytes.append(UInt8(ascii: "}"))
        case .toolUse(let call):
            kind = .toolUse
            bytes.append(contentsOf: #"{"type":"tool_use","id":"#.utf8)
            toolID = appendID(call.id)
            bytes.append(contentsOf: #","name":"#.utf8)
            bytes.appendJSONString(call.name)
            bytes.append(contentsOf: #","input":"#.utf8)
            bytes.append(contentsOf: call.input)
            bytes.append(UInt8(ascii: "}"))
        case .other(let json):
            kind = HistoryIndex.blockKind(of: json)
            bytes.append(contentsOf: json)
        }
        blocks.append(Block(range: start..<bytes.count, kind: kind, toolID: toolID))
    }

    private mutating func append(toolResult result: ToolResult, of call: ToolCall) {
        let start = bytes.count
        bytes.append(contentsOf: #"{"type":"tool_result","tool_use_id":"#.utf8)
        let toolID = appendID(call.id)
        bytes.append(contentsOf: #","content":"#.utf8)
        bytes.appendJSONString(result.text)
        bytes.append(contentsOf: (result.isError ? #","is_error":true}"# : "}").utf8)
        blocks.append(Block(range: start..<bytes.count, kind: .toolResult, toolID: toolID))
    }

    private mutating func appendID(_ id: String) -> Range<Int> {
        let start = bytes.count + 1
        bytes.appendJSONString(id)
        return start..<bytes.count - 1
    }
}

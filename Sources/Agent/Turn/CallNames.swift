/// Keeps the ids of tool calls unique in a conversation, and ids and tool names in the form that the Messages API takes.
///
/// Some servers count their calls anew in each answer, and models invent tools; stored as they came, such names would
/// have every later request refused.
struct CallNames: Sendable {
    /// The ids in use; `nil` until the first call is seen.
    private var taken: Set<String>?
    private var made = 0

    /// `call` with an id that is not in use in `conversation` or in an earlier call, and a name that can be stored.
    mutating func acceptable(_ call: ToolCall, in conversation: Conversation) -> ToolCall {
        var taken = taken ?? conversation.toolUseIDs
        var id = call.id
        while !Self.isPlain(id, maxLength: 256) || !taken.insert(id).inserted {
            made += 1
            id = "call_\(made)"
        }
        self.taken = taken
        let name = Self.isPlain(call.name, maxLength: 128) ? call.name : "unknown_tool"
        return id == call.id && name == call.name ? call : call.renamed(id: id, name: name)
    }

    private static func isPlain(_ name: String, maxLength: Int) -> Bool {
        (1...maxLength).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension Conversation {
    /// The ids of all tool calls, as they are written.
    fileprivate var toolUseIDs: Set<String> {
        Set(
            blocks.lazy.filter { $0.kind == .toolUse }.compactMap(\.toolID)
                .map { String(decoding: bytes[$0], as: UTF8.self) }
        )
    }
}

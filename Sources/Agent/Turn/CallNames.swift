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
        while !ToolNames.isPlain(id.utf8, maxLength: ToolNames.maxIDLength) || !taken.insert(id).inserted {
            made += 1
            id = "call_\(made)"
        }
        self.taken = taken
        let name = ToolNames.isPlain(call.name.utf8, maxLength: ToolNames.maxNameLength) ? call.name : "unknown_tool"
        return id == call.id && name == call.name ? call : call.renamed(id: id, name: name)
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

import Agent

extension DemoHistory {
    /// A stored message as the demo model understands it.
    enum Entry: Sendable, Equatable {
        /// The user speaks. Text beside tool results counts as a prompt too: a turn that broke off may end like that.
        case prompt(String)
        /// Tool results by the id of their call.
        case results([String: Result])
        /// The model speaks, or asks for tools.
        case answer(text: String, calls: [Call])
        /// No proper message, or too large a one.
        case unreadable

        struct Result: Sendable, Equatable {
            var text: String
            var isError: Bool
        }

        struct Call: Sendable, Equatable {
            var id: String
            var tool: String
        }

        /// Larger messages are not read.
        private static let maxBytes = 256 * 1024
        /// Longer prompts are understood by their beginning.
        private static let maxPrompt = 2_000

        /// Parses `message`, and nothing else of `conversation`.
        init(_ message: Message, in conversation: Conversation) {
            guard message.content.count <= Self.maxBytes, message.form != .malformed, message.role != .unknown,
                let content = try? JSONValue(parsing: conversation.bytes[message.content])
            else {
                self = .unreadable
                return
            }
            let blocks = content.arrayValue ?? []
            let text = content.stringValue ?? Self.text(of: blocks)
            if message.role == .assistant {
                self = .answer(text: text, calls: blocks.compactMap(Self.call))
                return
            }
            let results = blocks.compactMap(Self.result)
            self =
                text.isEmpty && !results.isEmpty
                ? .results(Dictionary(results, uniquingKeysWith: { $1 }))
                : .prompt(String(text.prefix(Self.maxPrompt)))
        }

        private static func text(of blocks: [JSONValue]) -> String {
            blocks.compactMap { $0["type"] == "text" ? $0["text"]?.stringValue : nil }.joined(separator: "\n")
        }

        private static func call(_ block: JSONValue) -> Call? {
            guard block["type"] == "tool_use", let id = block["id"]?.stringValue,
                let tool = block["name"]?.stringValue
            else { return nil }
            return Call(id: id, tool: tool)
        }

        private static func result(_ block: JSONValue) -> (String, Result)? {
            guard block["type"] == "tool_result", let id = block["tool_use_id"]?.stringValue else { return nil }
            let text = block["content"]?.stringValue ?? Self.text(of: block["content"]?.arrayValue ?? [])
            return (id, Result(text: text, isError: block["is_error"] == true))
        }
    }
}

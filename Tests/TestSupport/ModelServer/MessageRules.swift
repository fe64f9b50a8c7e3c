import Agent

/// The rules for `messages`: their order, and how tool uses and results belong together.
enum MessageRules {
    static func check(_ messages: [JSONValue], _ marks: inout CacheMarks) throws(Violation) {
        guard !messages.isEmpty else { throw Violation("messages: at least one message is required") }
        var open: [String] = []
        var seen: Set<String> = []
        for (index, message) in messages.enumerated() {
            let place = "messages.\(index)"
            guard let members = message.objectValue else { throw Violation("\(place): input should be an object") }
            try members.allowOnly(["role", "content"], at: place)
            guard let role = message["role"]?.stringValue, role == "user" || role == "assistant" else {
                throw Violation("\(place).role: input should be 'user' or 'assistant'")
            }
            guard index > 0 || role == "user" else { throw Violation("messages: first message must use the user role") }
            let blocks = try blocks(of: message, at: place)
            try checkResults(in: blocks, for: open, at: place)
            open = []
            for (number, block) in blocks.enumerated() {
                let place = "\(place).content.\(number)"
                try BlockRules.check(block, role: role, at: place)
                try marks.count(block, at: place)
                guard block["type"] == "tool_use", let id = block["id"]?.stringValue else { continue }
                guard seen.insert(id).inserted else { throw Violation("\(place): tool_use ids must be unique") }
                open.append(id)
            }
        }
        guard open.isEmpty else { throw missing(open, at: "messages.\(messages.count - 1)") }
        try checkPrefill(messages)
    }

    /// The content as blocks: a string stands for one block of text.
    private static func blocks(of message: JSONValue, at place: String) throws(Violation) -> [JSONValue] {
        let blocks: [JSONValue]
        switch message["content"] {
        case .string(let text)?: blocks = text.isEmpty ? [] : [["type": "text", "text": .string(text)]]
        case .array(let elements)?: blocks = elements
        default: throw Violation("\(place).content: field required")
        }
        guard !blocks.isEmpty else { throw Violation("\(place): all messages must have non-empty content") }
        return blocks
    }

    /// Each tool use of the message before has its result here, the results come first, and there are no others.
    private static func checkResults(
        in blocks: [JSONValue],
        for open: [String],
        at place: String
    ) throws(Violation) {
        var missing = open
        var isBehindOthers = false
        for (index, block) in blocks.enumerated() {
            guard block["type"] == "tool_result" else {
                isBehindOthers = true
                continue
            }
            guard let id = block["tool_use_id"]?.stringValue else {
                throw Violation("\(place).content.\(index).tool_use_id: field required")
            }
            guard open.contains(id) else {
                throw Violation("\(place).content.\(index): unexpected tool_use_id found in tool_result blocks: \(id)")
            }
            guard let position = missing.firstIndex(of: id) else {
                throw Violation("\(place).content.\(index): each tool_use must have a single result")
            }
            guard !isBehindOthers else {
                throw Violation("\(place).content.\(index): tool_result blocks must come first in their message")
            }
            missing.remove(at: position)
        }
        guard missing.isEmpty else { throw Self.missing(missing, at: place) }
    }

    private static func missing(_ ids: [String], at place: String) -> Violation {
        Violation("\(place): tool_use ids were found without tool_result blocks immediately after: \(ids)")
    }

    /// A last message of the assistant is a beginning that the model goes on with.
    private static func checkPrefill(_ messages: [JSONValue]) throws(Violation) {
        guard let last = messages.last, last["role"] == "assistant" else { return }
        let text = last["content"]?.stringValue ?? last["content"]?.arrayValue?.last?["text"]?.stringValue
        guard text?.last?.isWhitespace != true else {
            throw Violation("messages: final assistant content cannot end with trailing whitespace")
        }
    }
}

import Agent

/// The rules for one block of a message's content.
enum BlockRules {
    static func check(_ block: JSONValue, role: String, at place: String) throws(Violation) {
        guard block.objectValue != nil, let type = block["type"]?.stringValue else {
            throw Violation("\(place).type: field required")
        }
        let allowed: [String] =
            switch type {
            case "text": ["user", "assistant"]
            case "image", "document", "tool_result": ["user"]
            case "tool_use", "thinking", "redacted_thinking": ["assistant"]
            default: throw Violation("\(place): input tag '\(type)' does not match any of the expected tags")
            }
        guard allowed.contains(role) else {
            throw Violation("\(place): \(type) blocks can only be in messages of the role \(allowed[0])")
        }
        switch type {
        case "text": try checkText(block, at: place)
        case "tool_use": try checkToolUse(block, at: place)
        case "tool_result": try checkToolResult(block, at: place)
        case "thinking": try checkStrings(["thinking", "signature"], of: block, at: place)
        case "redacted_thinking": try checkStrings(["data"], of: block, at: place)
        default: try block.allowOnly(["type", "source", "title", "context", "citations", "cache_control"], at: place)
        }
    }

    static func checkText(_ block: JSONValue, at place: String) throws(Violation) {
        try block.allowOnly(["type", "text", "citations", "cache_control"], at: place)
        guard let text = block["text"]?.stringValue else { throw Violation("\(place).text: field required") }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Violation("\(place): text content blocks must contain non-whitespace text")
        }
    }

    private static func checkToolUse(_ block: JSONValue, at place: String) throws(Violation) {
        try block.allowOnly(["type", "id", "name", "input", "cache_control"], at: place)
        guard let id = block["id"]?.stringValue, !id.isEmpty, id.utf8.allSatisfy(\.isNameCharacter) else {
            throw Violation(#"\#(place).id: string should match pattern "^[a-zA-Z0-9_-]+$""#)
        }
        guard let name = block["name"]?.stringValue, (1...200).contains(name.utf8.count) else {
            throw Violation("\(place).name: a string of 1 to 200 characters is required")
        }
        guard block["input"]?.objectValue != nil else {
            throw Violation("\(place).input: input should be a valid dictionary")
        }
    }

    private static func checkToolResult(_ block: JSONValue, at place: String) throws(Violation) {
        try block.allowOnly(["type", "tool_use_id", "content", "is_error", "cache_control"], at: place)
        if let isError = block["is_error"], isError != .bool(true), isError != .bool(false) {
            throw Violation("\(place).is_error: input should be a valid boolean")
        }
        switch block["content"] {
        case nil, .string?: return
        case .array(let parts)?:
            for (index, part) in parts.enumerated() where part["type"] == "text" {
                try checkText(part, at: "\(place).content.\(index)")
            }
        default: throw Violation("\(place).content: input should be a string or a list")
        }
    }

    /// Blocks that the model alone may write: they go back as they came, without a mark for the cache.
    private static func checkStrings(_ keys: [String], of block: JSONValue, at place: String) throws(Violation) {
        try block.allowOnly(["type"] + keys, at: place)
        for key in keys where block[key]?.stringValue == nil { throw Violation("\(place).\(key): field required") }
    }
}

extension JSONValue {
    fileprivate func allowOnly(_ known: [String], at place: String) throws(Violation) {
        try objectValue?.allowOnly(known, at: place)
    }
}

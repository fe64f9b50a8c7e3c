package import Agent

/// What the Messages API refuses with 400 `invalid_request_error`, as far as a client like ours can break it.
/// Source: https://docs.claude.com/en/api/messages and the answers of the real service.
package enum MessagesAPIRules {
    /// The first rule that the request body breaks, in words; `nil` when it would be accepted.
    package static func violation(in body: JSONValue) -> String? {
        do throws(Violation) {
            try check(body)
            return nil
        } catch {
            return error.text
        }
    }

    private static func check(_ body: JSONValue) throws(Violation) {
        guard let members = body.objectValue else { throw Violation("the body is no object") }
        let known = [
            "model", "max_tokens", "system", "messages", "tools", "tool_choice", "stream", "metadata",
            "stop_sequences", "thinking", "service_tier", "temperature", "top_p", "top_k",
        ]
        try members.allowOnly(known, at: "")
        guard let model = body["model"]?.stringValue, !model.isEmpty else { throw Violation("model: field required") }
        guard let maxTokens = body["max_tokens"]?.intValue, maxTokens >= 1 else {
            throw Violation("max_tokens: an integer of at least 1 is required")
        }
        if let stream = body["stream"], stream != .bool(true), stream != .bool(false) {
            throw Violation("stream: input should be a valid boolean")
        }
        var marks = CacheMarks()
        if let tools = body["tools"] { try check(tools: tools, &marks) }
        if let system = body["system"] { try check(system: system, &marks) }
        guard let messages = body["messages"]?.arrayValue else { throw Violation("messages: field required") }
        try MessageRules.check(messages, &marks)
        guard marks.count <= 4 else {
            throw Violation("a maximum of 4 blocks with cache_control may be provided, found \(marks.count)")
        }
    }

    private static func check(tools: JSONValue, _ marks: inout CacheMarks) throws(Violation) {
        guard let tools = tools.arrayValue else { throw Violation("tools: input should be a valid list") }
        var names: Set<String> = []
        for (index, tool) in tools.enumerated() {
            let place = "tools.\(index)"
            guard let members = tool.objectValue else { throw Violation("\(place): input should be an object") }
            try members.allowOnly(["type", "name", "description", "input_schema", "cache_control"], at: place)
            guard let name = tool["name"]?.stringValue, (1...128).contains(name.utf8.count),
                name.utf8.allSatisfy(\.isNameCharacter)
            else { throw Violation(#"\#(place).name: should match pattern "^[a-zA-Z0-9_-]{1,128}$""#) }
            guard names.insert(name).inserted else { throw Violation("tools: tool names must be unique") }
            if let description = tool["description"], description.stringValue == nil {
                throw Violation("\(place).description: input should be a valid string")
            }
            guard tool["input_schema"]?["type"] == "object" else {
                throw Violation("\(place).input_schema.type: field required")
            }
            try marks.count(tool, at: place)
        }
    }

    private static func check(system: JSONValue, _ marks: inout CacheMarks) throws(Violation) {
        if system.stringValue != nil { return }
        guard let blocks = system.arrayValue else { throw Violation("system: input should be a string or a list") }
        for (index, block) in blocks.enumerated() {
            let place = "system.\(index)"
            guard block["type"] == "text" else { throw Violation("\(place): only text blocks are allowed") }
            try BlockRules.checkText(block, at: place)
            try marks.count(block, at: place)
        }
    }
}

struct Violation: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// Counts the marks for the prompt cache.
struct CacheMarks {
    private(set) var count = 0

    mutating func count(_ block: JSONValue, at place: String) throws(Violation) {
        guard let mark = block["cache_control"], mark != .null else { return }
        guard mark["type"] == "ephemeral", let members = mark.objectValue else {
            throw Violation("\(place).cache_control.type: input should be 'ephemeral'")
        }
        try members.allowOnly(["type", "ttl"], at: "\(place).cache_control")
        count += 1
    }
}

extension [String: JSONValue] {
    func allowOnly(_ known: [String], at place: String) throws(Violation) {
        guard let extra = keys.filter({ !known.contains($0) }).min() else { return }
        throw Violation("\(place.isEmpty ? extra : "\(place).\(extra)"): extra inputs are not permitted")
    }
}

extension UInt8 {
    /// `[a-zA-Z0-9_-]`
    var isNameCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

package import Agent

/// What `tools/call` gives. Source: MCP schemas, `CallToolResult`.
package struct CallResult: Sendable, Equatable {
    package var content: [ContentBlock]
    package var structuredContent: JSONValue?
    /// The tool failed, in words that are meant for the model.
    package var isError: Bool
    package var meta: [String: JSONValue]

    package init(
        content: [ContentBlock],
        structuredContent: JSONValue? = nil,
        isError: Bool = false,
        meta: [String: JSONValue] = [:]
    ) {
        self.content = content
        self.structuredContent = structuredContent
        self.isError = isError
        self.meta = meta
    }

    /// Takes what is there: a result without content, or with content that is no list, is an empty one.
    package init(_ result: [String: JSONValue]) {
        self.init(
            content: (result["content"]?.arrayValue ?? []).map(ContentBlock.init),
            structuredContent: result["structuredContent"].flatMap { $0 == .null ? nil : $0 },
            isError: result["isError"] == true,
            meta: result["_meta"]?.objectValue ?? [:]
        )
    }

    /// The members of the result, for either era once ``ResultType`` is added for the modern one.
    package var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["content": .array(content.map(\.json))]
        members["structuredContent"] = structuredContent
        if isError { members["isError"] = true }
        if !meta.isEmpty { members["_meta"] = .object(meta) }
        return members
    }
}

/// Whether a modern result is one.
package enum ResultType: Sendable, Equatable {
    /// Also where nothing is said: servers of the other era do not know the member.
    case complete
    /// The server wants an answer from the user or the model first.
    case inputRequired
    case unknown(String)

    /// The member's name.
    package static let key = "resultType"

    package init(_ result: [String: JSONValue]) {
        switch result[Self.key] {
        case nil, "complete"?: self = .complete
        case "input_required"?: self = .inputRequired
        case .string(let other)?: self = .unknown(other)
        default: self = .unknown("")
        }
    }
}

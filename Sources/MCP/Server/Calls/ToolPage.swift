import Agent

/// One page of a list of tools. A cursor is the name of the last tool of the page before: it stays good when the list
/// grows or shrinks elsewhere.
struct ToolPage: Sendable, Equatable {
    var tools: [Tool]
    var nextCursor: String?

    /// - Throws: when there is no tool of the cursor's name (any more).
    init(of tools: [Tool], after cursor: String?, size: Int) throws(JSONRPCError) {
        var start = 0
        if let cursor {
            guard let place = tools.firstIndex(where: { $0.name == cursor }) else {
                throw JSONRPCError(.invalidParams, "This cursor is not one of the list's, or no longer.")
            }
            start = place + 1
        }
        let end = min(start + size, tools.count)
        self.tools = Array(tools[start..<end])
        nextCursor = end < tools.count ? self.tools.last?.name : nil
    }

    /// The result of `tools/list`.
    func result(warnings: [String], era: ProtocolVersion.Era) -> [String: JSONValue] {
        var result: [String: JSONValue] = ["tools": .array(tools.map { ToolDescription($0).json })]
        result["nextCursor"] = nextCursor.map(JSONValue.string)
        if !warnings.isEmpty { result["_meta"] = [MetaKey.warnings: .array(warnings.map(JSONValue.string))] }
        if era == .modern {
            // The list follows the user's rights, which may change at any time.
            result["ttlMs"] = 60_000
            result["cacheScope"] = "private"
        }
        return result
    }
}

extension ToolDescription {
    /// A tool of ours as clients see it.
    init(_ tool: Tool) {
        let definition = try? JSONValue(parsing: tool.definition)
        self.init(
            name: tool.name,
            title: Self.title(of: tool.name),
            description: definition?["description"]?.stringValue,
            inputSchema: definition?["input_schema"] ?? ["type": "object"],
            // A tool that changes something may overwrite, and does it again when it is called again: what hints that
            // are left out mean, said aloud.
            annotations: tool.access == .read
                ? ToolAnnotations(readOnly: true)
                : ToolAnnotations(readOnly: false, destructive: true, idempotent: false),
            meta: tool.access == .write ? [MetaKey.idempotent: true] : [:]
        )
    }

    /// The name in words: `taiga_list_tasks` is `Taiga list tasks`.
    private static func title(of name: String) -> String {
        let words = String(name.map { $0 == "_" || $0 == "-" ? " " : $0 })
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

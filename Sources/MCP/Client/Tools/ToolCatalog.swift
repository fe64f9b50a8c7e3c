import Agent

/// One server's tools as the model sees them, and the way back from the model's names.
struct ToolCatalog: Sendable {
    struct Entry: Sendable {
        /// The server's own name for it.
        var name: String
        var tool: Tool
        var headers: ParameterHeaders
        /// Doing it twice is like doing it once, as the server says: it may be tried again.
        var isRepeatable: Bool
        /// The server knows calls by their keys; see ``MetaKey/idempotent``.
        var knowsKeys: Bool
    }

    /// By name, so that the same tools make the same prompt.
    private(set) var tools: [Tool] = []
    /// What is missing, in short.
    private(set) var warnings: [String] = []
    private var entries: [String: Entry] = [:]

    subscript(name: String) -> Entry? { entries[name] }

    /// - Parameters:
    ///   - warnings: what the server says of tools that are missing.
    ///   - isTrusted: whether the server's promises about keys count.
    ///   - isCut: there were more tools than are read.
    init(
        _ descriptions: [ToolDescription],
        warnings: [String] = [],
        isCut: Bool,
        naming: ToolNaming,
        label: String,
        isTrusted: Bool,
        settings: MCPClientSettings
    ) {
        var leftOut: [(name: String, why: String)] = []
        var bytesLeft = settings.maximumToolBytes
        // A tool that has its name by itself comes before one that was given the same.
        let plain = descriptions.filter { naming.keeps($0.name) }
        for description in plain + descriptions.filter({ !naming.keeps($0.name) }) {
            let name = naming.name(for: description.name)
            switch Self.entry(description, name, isTrusted: isTrusted, settings) {
            case _ where entries[name] != nil: leftOut.append((description.name, "another one has its name"))
            case .failure(let reason): leftOut.append((description.name, reason.text))
            case .success(let entry):
                let bytes = entry.tool.definition.count
                guard entries.count < settings.maximumTools, bytes <= bytesLeft else {
                    leftOut.append((description.name, "there are too many"))
                    continue
                }
                bytesLeft -= bytes
                entries[name] = entry
            }
        }
        tools = entries.values.map(\.tool).sorted { $0.name < $1.name }
        self.warnings = warnings
        self.warnings += leftOut.prefix(3).map { "Tool left out: \($0.name.cut(toBytes: 64)) of \(label): \($0.why)" }
        if leftOut.count > 3 { self.warnings.append("Tools left out: \(leftOut.count - 3) more of \(label)") }
        if isCut { self.warnings.append("Tools left out: the list of \(label) does not end") }
    }

    /// Why a tool is left out.
    private struct Reason: Error {
        var text: String
    }

    private static func entry(
        _ description: ToolDescription,
        _ name: String,
        isTrusted: Bool,
        _ settings: MCPClientSettings
    ) -> Result<Entry, Reason> {
        guard let headers = ParameterHeaders(schema: description.inputSchema) else {
            return .failure(Reason(text: "its headers cannot be sent"))
        }
        let schema: JSONValue
        switch SchemaRepair.repair(description.inputSchema, maximumBytes: settings.maximumSchemaBytes) {
        case .schema(let repaired): schema = repaired
        case .impossible(let why): return .failure(Reason(text: why))
        }
        let annotations = description.annotations
        // What says nothing of itself may do anything.
        let isRead = annotations.readOnly == true
        let words = description.description ?? description.title ?? ""
        return .success(
            Entry(
                name: description.name,
                tool: Tool(
                    name: name,
                    description: words.cut(toBytes: settings.maximumDescriptionBytes),
                    inputSchema: schema,
                    access: isRead ? .read : .write
                ),
                headers: headers,
                isRepeatable: isRead || annotations.idempotent == true,
                knowsKeys: isTrusted && description.meta[MetaKey.idempotent] == true
            )
        )
    }
}

extension String {
    /// At most `size` bytes of this text, whole characters, with a mark where it was cut.
    func cut(toBytes size: Int) -> String {
        guard utf8.count > size else { return self }
        var end = utf8.index(startIndex, offsetBy: max(0, size - 3))
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return self[..<end] + "…"
    }
}

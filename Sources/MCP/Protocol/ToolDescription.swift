package import Agent

/// A tool as a server lists it. Source: MCP schemas, `Tool`.
package struct ToolDescription: Sendable, Equatable {
    /// Unique within its server, whatever characters it has.
    package var name: String
    package var title: String?
    package var description: String?
    /// A JSON Schema that should be of type `object`.
    package var inputSchema: JSONValue
    package var outputSchema: JSONValue?
    package var annotations: ToolAnnotations
    package var meta: [String: JSONValue]

    package init(
        name: String,
        title: String? = nil,
        description: String? = nil,
        inputSchema: JSONValue,
        outputSchema: JSONValue? = nil,
        annotations: ToolAnnotations = ToolAnnotations(),
        meta: [String: JSONValue] = [:]
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.annotations = annotations
        self.meta = meta
    }

    /// `nil` for what has no name.
    package init?(_ json: JSONValue) {
        guard let name = json["name"]?.stringValue, !name.isEmpty else { return nil }
        self.init(
            name: name,
            title: json["title"]?.stringValue ?? json["annotations"]?["title"]?.stringValue,
            description: json["description"]?.stringValue,
            inputSchema: json["inputSchema"] ?? .null,
            outputSchema: json["outputSchema"],
            annotations: ToolAnnotations(json["annotations"] ?? .null),
            meta: json["_meta"]?.objectValue ?? [:]
        )
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["name": .string(name), "inputSchema": inputSchema]
        members["title"] = title.map(JSONValue.string)
        members["description"] = description.map(JSONValue.string)
        members["outputSchema"] = outputSchema
        if annotations != ToolAnnotations() { members["annotations"] = annotations.json }
        if !meta.isEmpty { members["_meta"] = .object(meta) }
        return .object(members)
    }
}

/// What a server says that a tool does: hints, which decide nothing but how careful the caller is. `nil` is unsaid.
package struct ToolAnnotations: Sendable, Equatable {
    package var readOnly: Bool?
    package var destructive: Bool?
    package var idempotent: Bool?
    package var openWorld: Bool?

    package init(
        readOnly: Bool? = nil,
        destructive: Bool? = nil,
        idempotent: Bool? = nil,
        openWorld: Bool? = nil
    ) {
        self.readOnly = readOnly
        self.destructive = destructive
        self.idempotent = idempotent
        self.openWorld = openWorld
    }

    package init(_ json: JSONValue) {
        self.init(
            readOnly: Self.flag(json["readOnlyHint"]),
            destructive: Self.flag(json["destructiveHint"]),
            idempotent: Self.flag(json["idempotentHint"]),
            openWorld: Self.flag(json["openWorldHint"])
        )
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["readOnlyHint"] = readOnly.map(JSONValue.bool)
        members["destructiveHint"] = destructive.map(JSONValue.bool)
        members["idempotentHint"] = idempotent.map(JSONValue.bool)
        members["openWorldHint"] = openWorld.map(JSONValue.bool)
        return .object(members)
    }

    private static func flag(_ json: JSONValue?) -> Bool? {
        if case .bool(let value)? = json { value } else { nil }
    }
}

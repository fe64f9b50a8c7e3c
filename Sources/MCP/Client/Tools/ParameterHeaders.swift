import Agent

/// The arguments that a tool wants to see in HTTP fields too. Source: MCP 2026-07-28, Streamable HTTP, `x-mcp-header`.
struct ParameterHeaders: Sendable, Equatable {
    private struct Place: Sendable, Equatable {
        var path: [String]
        var header: String
    }

    private var places: [Place] = []

    /// `nil` when the schema asks for one that cannot be: such a tool must not be used.
    init?(schema: JSONValue) {
        var names: Set<String> = []
        guard collect(schema, path: [], &names) else { return nil }
        places.sort { $0.header < $1.header }
    }

    /// The fields for a call with `arguments`.
    func fields(for arguments: [String: JSONValue]) -> [(name: String, value: String)] {
        places.compactMap { place in
            let value = place.path.reduce(JSONValue?.some(.object(arguments))) { $0?[$1] }
            return value.flatMap(Self.text).map { (HeaderName.parameterPrefix + place.header, HeaderText.encode($0)) }
        }
    }

    private mutating func collect(_ schema: JSONValue, path: [String], _ names: inout Set<String>) -> Bool {
        if let wish = schema[HeaderName.schemaKey] {
            guard !path.isEmpty, let header = wish.stringValue, Self.isToken(header),
                ["string", "integer", "boolean"].contains(schema["type"]?.stringValue ?? ""),
                names.insert(header.lowercased()).inserted
            else { return false }
            places.append(Place(path: path, header: header))
        }
        for (name, schema) in schema["properties"]?.objectValue ?? [:] {
            guard collect(schema, path: path + [name], &names) else { return false }
        }
        return true
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .int(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        default: nil
        }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
                        || "!#$%&'*+-.^_`|~".unicodeScalars.contains($0))
            }
    }
}

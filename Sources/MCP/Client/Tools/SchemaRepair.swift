import Agent

/// Makes an input schema one that the Messages API takes: an object schema without `oneOf`, `anyOf` or `allOf` at its top,
/// with property names of `[a-zA-Z0-9_.-]{1,64}`, valid as JSON Schema 2020-12, and not too large. The repaired schema
/// may allow more than the server does: the server checks the arguments itself, and its words reach the model.
enum SchemaRepair {
    enum Outcome: Equatable {
        case schema(JSONValue)
        /// Why there is none, for the warning.
        case impossible(String)
    }

    /// How much larger than allowed a schema may come, which is then merged and cut down.
    private static let excess = 8
    /// The most branches that are merged: the work grows with their square.
    private static let mostBranches = 256

    static func repair(_ schema: JSONValue, maximumBytes: Int) -> Outcome {
        guard schema.encoded().count / excess <= maximumBytes else { return .impossible("its schema is too large") }
        guard var members = object(schema) else { return .impossible("its arguments are no object") }
        for key in ["allOf", "anyOf", "oneOf"] {
            guard let branches = members.removeValue(forKey: key)?.arrayValue else { continue }
            guard branches.count <= mostBranches else { return .impossible("its schema has too many branches") }
            merge(branches, into: &members, areAllRequired: key == "allOf")
        }
        members["type"] = "object"
        // Some servers write null, or a list, for "none".
        if members["properties"]?.objectValue == nil { members["properties"] = [:] }
        guard members["properties"]?.objectValue?.keys.allSatisfy(isPropertyName) != false else {
            return .impossible("an argument has a name that is not accepted")
        }
        let cleaned = SchemaCleaner.clean(.object(members))
        if cleaned.encoded().count <= maximumBytes { return .schema(cleaned) }
        let bare = SchemaCleaner.withoutWords(cleaned)
        return bare.encoded().count <= maximumBytes ? .schema(bare) : .impossible("its schema is too large")
    }

    /// The members of a schema whose type is, or can be read as, `object`; a missing schema takes anything.
    private static func object(_ schema: JSONValue) -> [String: JSONValue]? {
        switch schema {
        case .null, .bool(true): return [:]
        case .object(let members):
            switch members["type"] {
            case nil, .null?, "object"?: return members
            case .array(let types)? where types.contains("object"): return members
            default: return nil
            }
        default: return nil
        }
    }

    /// Adds what the branches say of properties. What all of them require, or each of `allOf`, stays required.
    private static func merge(
        _ branches: [JSONValue],
        into members: inout [String: JSONValue],
        areAllRequired: Bool
    ) {
        var properties = members["properties"]?.objectValue ?? [:]
        var required: Set<String>?
        for branch in branches {
            let own = Set((branch["required"]?.arrayValue ?? []).compactMap(\.stringValue))
            required = required.map { areAllRequired ? $0.union(own) : $0.intersection(own) } ?? own
            for (name, schema) in branch["properties"]?.objectValue ?? [:] {
                guard let other = properties[name], other != schema else {
                    properties[name] = schema
                    continue
                }
                let known = other["anyOf"]?.arrayValue ?? [other]
                if !known.contains(schema) { properties[name] = ["anyOf": .array(known + [schema])] }
            }
            // References inside the branch look for their targets at the top.
            for key in ["$defs", "definitions"] {
                guard let definitions = branch[key]?.objectValue else { continue }
                let all = (members[key]?.objectValue ?? [:]).merging(definitions) { known, _ in known }
                members[key] = .object(all)
            }
        }
        members["properties"] = .object(properties)
        let all = (members["required"]?.arrayValue ?? []).compactMap(\.stringValue) + (required ?? []).sorted()
        var seen: Set<String> = []
        members["required"] = .array(all.filter { seen.insert($0).inserted }.map(JSONValue.string))
        // Each branch may have closed itself to the properties of the others.
        if members["additionalProperties"] == false, properties.isEmpty { members["additionalProperties"] = nil }
    }

    private static func isPropertyName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

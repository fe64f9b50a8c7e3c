import Agent

/// Walks over every schema in a schema. Source: JSON Schema 2020-12, core, sections 10 and 11, and validation, section 6.
enum SchemaCleaner {
    private static let single: Set<String> = [
        "items", "contains", "additionalProperties", "unevaluatedItems", "unevaluatedProperties", "propertyNames",
        "not", "if", "then", "else", "contentSchema",
    ]
    private static let lists: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let maps: Set<String> = [
        "properties", "patternProperties", "dependentSchemas", "$defs", "definitions",
    ]
    private static let numbers: Set<String> = [
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    ]
    private static let counts: Set<String> = [
        "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains",
        "maxContains",
    ]
    private static let texts: Set<String> = [
        "$id", "$schema", "$ref", "$anchor", "$dynamicRef", "$comment", "title", "description", "pattern", "format",
        "contentEncoding", "contentMediaType",
    ]
    private static let types: Set<String> = ["null", "boolean", "object", "array", "number", "string", "integer"]
    private static let words: Set<String> = ["title", "description", "examples", "default", "$comment", "deprecated"]

    /// `schema` without the members that its standard does not allow: those of older drafts, and mistakes.
    static func clean(_ schema: JSONValue) -> JSONValue {
        walk(schema) { members in
            // Draft 7 wrote tuples so.
            if let items = members["items"]?.arrayValue {
                members["items"] = members.removeValue(forKey: "additionalItems")
                members["prefixItems"] = .array(items)
            }
            for (key, value) in members where !isAllowed(key, value) { members[key] = nil }
        }
    }

    /// `schema` without what only explains it.
    static func withoutWords(_ schema: JSONValue) -> JSONValue {
        walk(schema) { members in for key in words { members[key] = nil } }
    }

    private static func walk(
        _ schema: JSONValue,
        _ change: (inout [String: JSONValue]) -> Void
    ) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        change(&members)
        for (key, value) in members {
            if single.contains(key) {
                members[key] = walk(value, change)
            } else if lists.contains(key), let elements = value.arrayValue {
                members[key] = .array(elements.map { walk($0, change) })
            } else if maps.contains(key), let schemas = value.objectValue {
                members[key] = .object(schemas.mapValues { walk($0, change) })
            }
        }
        return .object(members)
    }

    private static func isAllowed(_ key: String, _ value: JSONValue) -> Bool {
        if single.contains(key) { return isSchema(value) }
        if lists.contains(key) { return value.arrayValue.map { !$0.isEmpty && $0.allSatisfy(isSchema) } ?? false }
        if maps.contains(key) { return value.objectValue?.values.allSatisfy(isSchema) ?? false }
        if texts.contains(key) { return value.stringValue != nil }
        if counts.contains(key) { return value.intValue.map { $0 >= 0 } ?? false }
        if numbers.contains(key) {
            switch value {
            case .int(let number): return key != "multipleOf" || number > 0
            case .double(let number): return key != "multipleOf" || number > 0
            default: return false
            }
        }
        switch key {
        case "type":
            if let names = value.arrayValue {
                return !names.isEmpty && names.allSatisfy { types.contains($0.stringValue ?? "") }
            }
            return types.contains(value.stringValue ?? "")
        case "required":
            guard let names = value.arrayValue?.compactMap(\.stringValue) else { return false }
            return names.count == value.arrayValue?.count && Set(names).count == names.count
        case "enum", "examples": return value.arrayValue != nil
        default: return true
        }
    }

    private static func isSchema(_ value: JSONValue) -> Bool {
        switch value {
        case .object, .bool: true
        default: false
        }
    }
}

import Agent

/// One argument of a tool: what the model is told about it and what is accepted are the same declaration.
struct Parameter: Sendable {
    enum Kind: Sendable {
        case integer(ClosedRange<Int>)
        case boolean
        /// A string of so many Unicode scalars that is not blank and holds no NUL, which Taiga cannot store.
        case text(ClosedRange<Int>)
        /// A string, possibly empty, of at most so many Unicode scalars.
        case longText(upTo: Int)
        case texts(upTo: Int, each: ClosedRange<Int>)
        /// A string `YYYY-MM-DD`.
        case date
        /// An id, or a name that ``Project`` resolves.
        case idOrName
    }

    let name: String
    let kind: Kind
    let description: String
    var isRequired = false
    /// Whether `null` is a value of its own, such as "nobody".
    var isNullable = false

    init(_ name: String, _ kind: Kind, _ description: String) {
        self.name = name
        self.kind = kind
        self.description = description
    }

    /// The same parameter, which must be given.
    var required: Parameter { with { $0.isRequired = true } }
    /// The same parameter, for which `null` is a value.
    var nullable: Parameter { with { $0.isNullable = true } }

    private func with(_ change: (inout Parameter) -> Void) -> Parameter {
        var copy = self
        change(&copy)
        return copy
    }
}

// MARK: - What the model is told

extension Parameter {
    /// The parameter as a property of a JSON Schema.
    var schema: JSONValue {
        var schema = constraints
        schema["type"] =
            isNullable || types.count > 1 ? .array((types + nullType).map(JSONValue.string)) : .string(types[0])
        schema["description"] = .string(description)
        return .object(schema)
    }

    private var nullType: [String] { isNullable ? ["null"] : [] }

    private var types: [String] {
        switch kind {
        case .integer: ["integer"]
        case .boolean: ["boolean"]
        case .text, .longText, .date: ["string"]
        case .texts: ["array"]
        case .idOrName: ["integer", "string"]
        }
    }

    private var constraints: [String: JSONValue] {
        switch kind {
        case .integer(let range) where range.upperBound == .max: ["minimum": .int(range.lowerBound)]
        case .integer(let range): ["minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
        case .text(let length): Self.length(length)
        case .longText(let limit): ["maxLength": .int(limit)]
        case .texts(let count, let length):
            [
                "maxItems": .int(count),
                "items": .object(Self.length(length).merging(["type": "string"]) { $1 }),
            ]
        case .date: ["format": "date"]
        case .boolean, .idOrName: [:]
        }
    }

    private static func length(_ range: ClosedRange<Int>) -> [String: JSONValue] {
        ["minLength": .int(range.lowerBound), "maxLength": .int(range.upperBound)]
    }

    /// The JSON Schema of an object with exactly these properties.
    static func schema(of parameters: [Parameter]) -> JSONValue {
        .object([
            "type": "object",
            "additionalProperties": false,
            "properties": .object(Dictionary(parameters.map { ($0.name, $0.schema) }, uniquingKeysWith: { $1 })),
            "required": .array(parameters.filter(\.isRequired).map { .string($0.name) }),
        ])
    }
}

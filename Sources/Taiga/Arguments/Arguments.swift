import Agent

/// A tool call's arguments after all of them were found acceptable.
struct Arguments: Sendable {
    private let values: [String: JSONValue]

    /// - Throws: `invalid`, naming every unknown, missing and unacceptable argument at once.
    init(of call: ToolCall, for tool: any TaigaTool, parameters: [Parameter]) throws(TaigaError) {
        guard let given = call.arguments else {
            throw TaigaError(.invalid, "\(tool.name) was not run: its arguments must be one JSON object.")
        }
        let known = Dictionary(parameters.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        values = given

        var problems: [String] = []
        for name in given.keys.sorted() where known[name] == nil {
            let shown = name.unicodeScalars.count > 64 ? "one with a very long name" : name
            problems.append("\(shown): unknown argument")
        }
        let anyUnknown = !problems.isEmpty
        for parameter in parameters {
            if let value = given[parameter.name] {
                if let problem = parameter.problem(with: value) { problems.append("\(parameter.name): \(problem)") }
            } else if parameter.isRequired {
                problems.append("\(parameter.name): is required")
            }
        }
        problems += tool.problems(in: self)
        guard problems.isEmpty else {
            let hint = anyUnknown ? " Known arguments: \(parameters.map(\.name).joined(separator: ", "))." : ""
            throw TaigaError(.invalid, "\(tool.name) was not run. \(problems.joined(separator: "; ")).\(hint)")
        }
    }

    /// Whether the argument was given, if only as `null`.
    func has(_ parameter: Parameter) -> Bool { values[parameter.name] != nil }

    /// Whether `null` was given.
    func isNull(_ parameter: Parameter) -> Bool { values[parameter.name] == .null }

    /// The number that was given, if one was.
    func integer(_ parameter: Parameter) -> Int? { values[parameter.name]?.wholeNumber }

    /// The string that was given, if one was.
    func text(_ parameter: Parameter) -> String? { values[parameter.name]?.stringValue }

    /// The truth value that was given, if one was.
    func boolean(_ parameter: Parameter) -> Bool? {
        if case .bool(let value)? = values[parameter.name] { value } else { nil }
    }

    /// The strings that were given, if an array was.
    func texts(_ parameter: Parameter) -> [String]? {
        values[parameter.name]?.arrayValue?.compactMap(\.stringValue)
    }

    /// The day that was given, if one was.
    func date(_ parameter: Parameter) -> CalendarDate? { text(parameter).flatMap(CalendarDate.init) }

    /// The id or name that was given, if one was.
    func idOrName(_ parameter: Parameter) -> IDOrName? {
        integer(parameter).map(IDOrName.id) ?? text(parameter).map(IDOrName.name)
    }
}

/// How a model names a status, a member or a milestone.
enum IDOrName: Sendable, Equatable {
    case id(Int)
    case name(String)
}

/// Tools that the model may ask for.
package protocol ToolProvider: Sendable {
    /// What the start-up banner and `/health` call it.
    var name: String { get }

    /// The tools that this user may be shown, in a fixed order; none when their roles give them none.
    func tools(for context: RunContext) async -> ToolOffer

    /// The same where it is known without asking anyone; `nil`: it has to be asked for.
    func knownTools(for context: RunContext) -> ToolOffer?

    /// Does what the call asks, inside `context`. What goes wrong is a result as well: a text that the model can act on.
    /// A cancelled call returns soon: with its result if it has one, else with ``ToolResult/unfinished``.
    func call(_ invocation: ToolInvocation, in context: RunContext) async -> ToolResult

    /// What became of a write that was begun and whose result was lost: looks and tells, and never does it again.
    func outcome(of invocation: ToolInvocation, in context: RunContext) async -> ToolResult
}

extension ToolProvider {
    package func knownTools(for context: RunContext) -> ToolOffer? { nil }
}

/// The tools of one run.
package struct ToolOffer: Sendable, Equatable {
    package var tools: ToolList
    /// What the answer's `warnings` say about tools that are missing.
    package var warnings: [String]

    package init(tools: ToolList, warnings: [String] = []) {
        self.tools = tools
        self.warnings = warnings
    }
}

/// A tool as the model is told about it.
package struct Tool: Sendable, Equatable {
    package enum Access: Sendable { case read, write }

    package let name: String
    package let access: Access
    /// The definition as one JSON object, `{"name","description","input_schema"}`, encoded once.
    package let definition: [UInt8]

    /// - Parameters:
    ///   - name: 1 to 128 of `A-Z a-z 0-9 _ -`.
    ///   - inputSchema: a JSON Schema of type `object`.
    package init(name: String, description: String, inputSchema: JSONValue, access: Access) {
        self.name = name
        self.access = access
        definition = JSONValue.object([
            "name": .string(name), "description": .string(description), "input_schema": inputSchema,
        ]).encoded()
    }
}

/// The model's wish to use a tool.
package struct ToolCall: Sendable, Equatable {
    /// The model's name for the call; the result refers to it.
    package let id: String
    package let name: String
    /// The arguments as the model wrote them, one JSON object; `{}` when what it wrote is none.
    package let input: [UInt8]
    /// `input` parsed; `nil` when the model wrote no JSON object.
    package let arguments: [String: JSONValue]?

    package init(id: String, name: String, input: [UInt8]) {
        self.id = id
        self.name = name
        if case .object(let arguments) = try? JSONValue(parsing: input) {
            self.input = input
            self.arguments = arguments
        } else {
            self.input = Array("{}".utf8)
            self.arguments = nil
        }
    }

    /// The same call under other names.
    func renamed(id: String, name: String) -> ToolCall {
        ToolCall(id: id, name: name, input: input, arguments: arguments)
    }

    private init(id: String, name: String, input: [UInt8], arguments: [String: JSONValue]?) {
        self.id = id
        self.name = name
        self.input = input
        self.arguments = arguments
    }
}

/// A tool call on its way to its provider.
package struct ToolInvocation: Sendable, Equatable {
    package let call: ToolCall
    /// Names the call in its run, in the run's retries and after a takeover by another worker: under the same key a write
    /// is done once.
    package let key: String
    /// When the call was first begun, in whole milliseconds since 1970, UTC, by the clock of the worker that began it.
    package let startedAt: Int
    /// What the turn is known to have created before: whoever looks for this call's outcome must not find that again.
    package let known: [CreatedArtifact]

    package init(_ call: ToolCall, key: String, startedAt: Int, known: [CreatedArtifact] = []) {
        self.call = call
        self.key = key
        self.startedAt = startedAt
        self.known = known
    }
}

/// What came of a tool call.
package struct ToolResult: Sendable, Equatable {
    /// For the model: JSON, or an error in words.
    package var text: String
    package var isError: Bool
    /// What the call really created.
    package var created: [CreatedArtifact]
    /// What the user is to be told besides, in the answer's `warnings`.
    package var warnings: [String] = []
    /// The call was cancelled under way: what it did is not known here.
    package var isUnfinished = false
    /// An error that does not mean that nothing was done.
    package var mayHaveWritten = false
    /// The user's token was not accepted, and refreshing it did not help: the run cannot go on.
    package var isUnauthorized = false

    package init(text: String, isError: Bool = false, created: [CreatedArtifact] = []) {
        self.text = text
        self.isError = isError
        self.created = created
    }

    package static let unfinished: ToolResult = {
        var result = ToolResult.error("Not finished.")
        result.isUnfinished = true
        return result
    }()

    package static func error(_ text: String) -> ToolResult { ToolResult(text: text, isError: true) }
}

/// A story or a task that a tool created, as the project-management system named it.
package enum CreatedArtifact: Sendable, Equatable {
    case userStory(id: Int, ref: Int, subject: String)
    /// `story` is the one the task belongs to, with its subject, whoever created it.
    case task(id: Int, ref: Int, subject: String, story: StoryReference?)

    package struct StoryReference: Sendable, Equatable {
        package var id: Int
        package var subject: String

        package init(id: Int, subject: String) {
            self.id = id
            self.subject = subject
        }
    }
}

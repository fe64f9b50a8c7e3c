import Agent

/// One tool: what the model is told about it, who may use it, and what it does.
protocol TaigaTool: Sendable {
    static var name: String { get }
    /// For the model: what it does, what it defaults to, what it answers.
    var description: String { get }
    var access: Tool.Access { get }
    var permission: Permission { get }
    /// Its own arguments; ``Parameter/projectID`` and ``Parameter/idempotencyKey`` come on top.
    var parameters: [Parameter] { get }

    /// What is wrong between arguments, where each alone is acceptable or has been named already.
    func problems(in arguments: Arguments) -> [String]

    /// Does it. `arguments` have been checked.
    func run(
        _ arguments: Arguments,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> ToolResult
}

extension TaigaTool {
    var name: String { Self.name }

    func problems(in arguments: Arguments) -> [String] { [] }
}

extension ToolResult {
    /// A success, as compact JSON.
    init(_ json: JSONValue, created: [CreatedArtifact] = []) {
        self.init(text: String(decoding: json.encoded(), as: UTF8.self), created: created)
    }
}

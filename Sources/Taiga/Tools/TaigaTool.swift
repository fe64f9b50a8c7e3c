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
    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult

    /// What became of an earlier ``run(_:in:)`` whose result was lost: looks, and changes nothing.
    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult
}

extension TaigaTool {
    var name: String { Self.name }

    func problems(in arguments: Arguments) -> [String] { [] }

    /// Whoever only reads has left nothing behind.
    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        .error("\(name) was interrupted. It only reads: call it again if its answer is still needed.")
    }
}

extension ToolResult {
    /// A success, as compact JSON.
    init(_ json: JSONValue, created: [CreatedArtifact] = []) {
        self.init(text: String(decoding: json.encoded(), as: UTF8.self), created: created)
    }
}

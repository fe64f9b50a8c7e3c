import Agent
import Synchronization

@testable import Taiga

/// Drives the demo model and the tools as the agent loop does, without its budgets.
struct Chat {
    var tools = TaigaSandbox().tools
    var context = TaigaTests.context()
    private(set) var conversation = Conversation()
    private(set) var created: [CreatedArtifact] = []
    /// The idempotency keys that the model gave.
    private(set) var keys: [String] = []
    /// How many model calls there were.
    private(set) var steps = 0
    private let model = DemoModel()

    init(tools: TaigaTools = TaigaSandbox().tools, context: RunContext = TaigaTests.context()) {
        self.tools = tools
        self.context = context
    }

    /// Runs one turn and gives what the model says at its end.
    mutating func say(_ prompt: String) async throws -> String {
        let before = steps
        conversation.append(user: prompt)
        while steps < before + 5 {
            steps += 1
            let answer = try await answer(conversation)
            conversation.append(assistant: answer.blocks)
            let calls = answer.blocks.compactMap { if case .toolUse(let call) = $0 { call } else { nil } }
            if case .text(let text)? = answer.blocks.first, calls.isEmpty { return text }
            var results: [(call: ToolCall, result: ToolResult)] = []
            for call in calls {
                let result = await tools.call(call, in: context)
                created += result.created
                keys += call.arguments?["idempotency_key"]?.stringValue.map { [$0] } ?? []
                results.append((call, result))
            }
            conversation.append(toolResults: results)
        }
        throw Unexpected(text: "The turn does not end.")
    }

    /// One step of the model, after any conversation.
    func answer(_ conversation: Conversation) async throws -> ModelAnswer { try await told(conversation).answer }

    /// The same, with what it tells on the way.
    func told(_ conversation: Conversation) async throws -> (answer: ModelAnswer, progress: [ModelProgress]) {
        let progress = Mutex<[ModelProgress]>([])
        let request = ModelRequest(
            system: "system",
            tools: tools.tools(for: context).tools,
            conversation: conversation,
            committedMessages: 0,
            deadline: .now + .seconds(30),
            progress: { event in progress.withLock { $0.append(event) } }
        )
        let answer = try await model.answer(request)
        return (answer, progress.withLock { $0 })
    }
}

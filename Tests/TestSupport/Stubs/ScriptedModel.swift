package import Agent
import Synchronization

/// A model that answers from a script and keeps what it was asked.
package final class ScriptedModel: ModelClient {
    package typealias Step = @Sendable (ModelRequest) async throws -> ModelAnswer

    package let name = "scripted"
    private let state: Mutex<(steps: [Step], requests: [ModelRequest])>

    package init(_ steps: [Step]) { state = Mutex((steps, [])) }

    /// A model that says `texts` one after another, each as a whole answer.
    package convenience init(texts: [String]) {
        self.init(texts.map { text in { _ in ModelAnswer(blocks: [.text(text)], stopReason: .endTurn) } })
    }

    /// What it was asked, in order.
    package var requests: [ModelRequest] { state.withLock { $0.requests } }

    package func answer(_ request: ModelRequest) async throws(ModelError) -> ModelAnswer {
        let step = state.withLock { state -> Step? in
            state.requests.append(request)
            return state.steps.isEmpty ? nil : state.steps.removeFirst()
        }
        guard let step else { throw ModelError(.refused, "the script has ended") }
        do {
            return try await step(request)
        } catch {
            throw (error as? ModelError) ?? ModelError(.cancelled, "\(error)")
        }
    }
}

extension ModelAnswer {
    /// An answer that asks for `calls`.
    package static func asking(for calls: ToolCall..., saying text: String? = nil) -> ModelAnswer {
        ModelAnswer(
            blocks: (text.map { [.text($0)] } ?? []) + calls.map { .toolUse($0) },
            stopReason: .toolUse,
            usage: Usage(inputTokens: 10, outputTokens: 5)
        )
    }

    /// A last answer.
    package static func saying(_ text: String) -> ModelAnswer {
        ModelAnswer(blocks: [.text(text)], stopReason: .endTurn, usage: Usage(inputTokens: 10, outputTokens: 5))
    }
}

extension ToolCall {
    package init(_ id: String, _ name: String, _ input: String = "{}") {
        self.init(id: id, name: name, input: Array(input.utf8))
    }
}

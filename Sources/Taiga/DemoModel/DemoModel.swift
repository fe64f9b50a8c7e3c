package import Agent

/// A model without a model: a few rules that play the requirements' example through over the tools, so that a fresh
/// checkout answers before anybody has a key.
///
/// The same conversation always gives the same answer, told word by word. It reads only the end of the history, whatever
/// its length.
package struct DemoModel: ModelClient {
    package let name = "demo model (built in, rule-based)"

    package init() {}

    package func answer(_ request: ModelRequest) async throws(ModelError) -> ModelAnswer {
        guard !Task.isCancelled else { throw ModelError(.cancelled, "The run was cancelled.") }
        let conversation = request.conversation
        let dialogue = DemoDialogue(DemoHistory(conversation), offered: Set(request.tools.map(\.name)))

        var answer: ModelAnswer
        switch dialogue.reply() {
        case .say(let text):
            for word in text.words { request.progress(.text(word)) }
            answer = ModelAnswer(blocks: [.text(text)], stopReason: .endTurn)
        case .call(let calls):
            let position = "\(conversation.messages.count)_\(conversation.bytes.count)"
            let blocks = calls.enumerated().map { index, call in
                AnswerBlock.toolUse(call.toolCall(named: "demo_\(position)_\(index + 1)"))
            }
            answer = ModelAnswer(blocks: blocks, stopReason: .toolUse)
        }
        answer.usage = Self.usage(of: request, answer)
        return answer
    }

    /// Four bytes count as a token, so that budgets and truncation have figures to work with.
    private static func usage(of request: ModelRequest, _ answer: ModelAnswer) -> Usage {
        let input =
            request.system.utf8.count + request.conversation.bytes.count
            + request.tools.encoded.count
        let output = answer.blocks.reduce(0) { sum, block in
            switch block {
            case .text(let text): sum + text.utf8.count
            case .toolUse(let call): sum + call.name.utf8.count + call.input.count
            case .other(let json): sum + json.count
            }
        }
        return Usage(inputTokens: max(1, input / 4), outputTokens: max(1, output / 4))
    }
}

extension String {
    /// Each word with the white space behind it; joined they are the text.
    fileprivate var words: [String] {
        var words: [String] = []
        var rest = self[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(where: \.isWhitespace) ?? rest.endIndex
            let next = rest[end...].firstIndex { !$0.isWhitespace } ?? rest.endIndex
            words.append(String(rest[..<next]))
            rest = rest[next...]
        }
        return words
    }
}

/// A tool call that the demo model wants, before it has an id.
struct DemoCall: Sendable, Equatable {
    var tool: String
    var arguments: [String: JSONValue] = [:]
    /// Whether it creates something, and so carries an idempotency key.
    var isWrite = false

    /// - Parameter id: unique in the conversation, and the same when the same conversation is answered again.
    func toolCall(named id: String) -> ToolCall {
        var arguments = arguments
        if isWrite { arguments[Parameter.idempotencyKey.name] = .string(id) }
        return ToolCall(id: id, name: tool, input: JSONValue.object(arguments).encoded())
    }
}

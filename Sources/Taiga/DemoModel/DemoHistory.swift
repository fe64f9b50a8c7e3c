import Agent

/// What the demo model takes from a conversation: the turn that is being answered, and the question before it, if the
/// user's prompt is the answer to one.
///
/// It walks from the end and parses only what it needs; anything odd ends the walk.
struct DemoHistory: Sendable, Equatable {
    /// A tool call of the turn with what came of it.
    struct Outcome: Sendable, Equatable {
        var tool: String
        var text: String
        var isError: Bool
    }

    /// What the user asks now; empty when the end of the conversation cannot be read.
    private(set) var prompt = ""
    /// The calls of the turn's last step, in order; empty at the start of a turn.
    private(set) var lastStep: [Outcome] = []
    /// What the user had asked for when they were asked back, if `prompt` is the answer.
    private(set) var asked: DemoRequest?

    /// How far back it looks.
    private static let maxMessages = 64
    /// How much it reads on the way, in bytes.
    private static let maxBytes = 1024 * 1024

    init(_ conversation: Conversation) {
        var position = conversation.messages.endIndex
        let first = max(0, position - Self.maxMessages)
        var bytesLeft = Self.maxBytes
        func previous() -> Entry? {
            guard position > first else { return nil }
            position -= 1
            let message = conversation.messages[position]
            bytesLeft -= message.content.count
            return bytesLeft >= 0 ? Entry(message, in: conversation) : nil
        }

        var results: [String: Entry.Result]?
        while let entry = previous() {
            switch entry {
            case .results(let found):
                if results == nil { results = found }
                continue
            case .answer(_, let calls) where results != nil && !calls.isEmpty:
                if lastStep.isEmpty { lastStep = Self.outcomes(of: calls, results ?? [:]) }
                continue
            case .prompt(let text):
                prompt = text
            case .answer, .unreadable:
                return
            }
            break
        }

        guard DemoRequest(prompt) == nil else { return }
        while case .answer(let text, let calls)? = previous(), calls.isEmpty, text.trimmed.hasSuffix("?") {
            guard let earlier = Self.prompt(previous) else { return }
            if let request = DemoRequest(earlier) {
                asked = request
                return
            }
        }
    }

    /// The next prompt on the way back, past the steps of its turn.
    private static func prompt(_ previous: () -> Entry?) -> String? {
        while let entry = previous() {
            switch entry {
            case .prompt(let text): return text
            case .results: continue
            case .answer(_, let calls) where !calls.isEmpty: continue
            case .answer, .unreadable: return nil
            }
        }
        return nil
    }

    private static func outcomes(of calls: [Entry.Call], _ results: [String: Entry.Result]) -> [Outcome] {
        calls.map { call in
            let result = results[call.id] ?? Entry.Result(text: "there is no result", isError: true)
            return Outcome(tool: call.tool, text: result.text, isError: result.isError)
        }
    }
}

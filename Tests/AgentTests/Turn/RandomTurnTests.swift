import TestSupport
import Testing

@testable import Agent

/// Random turns, one on top of the other: whatever happens in them, the Messages API takes the history that they leave.
@Suite struct RandomTurnTests {
    @Test func everyHistoryIsSendable() throws {
        var endings: [String: Int] = [:]
        for seed in 0..<300 {
            var dice = Dice(state: UInt64(seed))
            var conversation = Conversation()
            for _ in 0..<6 {
                let outcome = play(on: conversation, &dice)
                endings[outcome.map { $0.stop?.code ?? "done" } ?? "failed", default: 0] += 1
                conversation = outcome?.conversation ?? conversation
                guard !conversation.messages.isEmpty else { continue }
                var next = conversation
                next.append(user: "Next")
                let request: JSONValue = [
                    "model": "m", "max_tokens": 1, "messages": try JSONValue(parsing: next.stored),
                ]
                let violation = MessagesAPIRules.violation(in: request)
                #expect(violation == nil, "seed \(seed): \(text(next))")
                #expect(try Conversation(stored: conversation.stored) == conversation)
            }
        }
        // The dice must have seen every ending, else this proves little.
        for ending in [
            "done", "failed", "deadline", "cancelled", "max-steps", "max-tool-calls", "max-write-calls",
            "loop", "model-failed", "max-tokens", "context-window", "refusal",
        ] {
            #expect(endings[ending, default: 0] > 0, "never ended as \(ending): \(endings)")
        }
    }

    /// Plays one turn to its end; `nil` when it failed.
    private func play(on conversation: Conversation, _ dice: inout Dice) -> TurnOutcome? {
        let tools: ToolList = [ScriptedTools.look, ScriptedTools.make]
        let budgets = Budgets(steps: dice.roll(6), toolCalls: dice.roll(6), writeCalls: dice.roll(4))
        var turn = Turn(conversation: conversation, prompt: "Go", tools: tools, budgets: budgets, meter: .ample)
        var running: [Int] = []
        var action = turn.start()
        while true {
            switch action {
            case .finish(let outcome): return outcome
            case .fail: return nil
            case .callTools(let calls): running += calls.map(\.place.number)
            case .callModel, .cancelTools, .wait: break
            }
            switch dice.roll(20) {
            case 1: action = turn.deadlinePassed()
            case 2: action = turn.cancelled()
            case 3 where running.isEmpty: action = turn.modelFailed(.unavailable)
            case _ where running.isEmpty: action = turn.modelAnswered(RandomTurn.answer(&dice))
            default:
                let number = running.remove(at: dice.roll(running.count) - 1)
                action = turn.toolFinished(number, RandomTurn.result(&dice))
            }
        }
    }
}

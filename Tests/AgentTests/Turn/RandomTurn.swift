import TestSupport

@testable import Agent

/// What models and tools may say in random turns.
enum RandomTurn {
    static func result(_ dice: inout Dice) -> ToolResult {
        let results: [ToolResult] = [
            ToolResult(text: "ok"), .error("no"), .unfinished, ToolResult(text: ""),
            ToolResult(text: "made", created: [.task(id: 1, ref: 1, subject: "T", story: nil)]),
        ]
        return results[dice.roll(results.count) - 1]
    }

    static func answer(_ dice: inout Dice) -> ModelAnswer {
        let blocks = (0..<dice.roll(5) - 1).map { _ -> AnswerBlock in
            switch dice.roll(8) {
            case 1: .text("")
            case 2: .text(" \n")
            case 3: .text("Words")
            case 4: .other(json: Array(#"{"type":"thinking","thinking":"t","signature":"s"}"#.utf8))
            default: .toolUse(call(&dice))
            }
        }
        let reasons: [StopReason] = [
            .toolUse, .toolUse, .toolUse, .toolUse, .toolUse, .endTurn, .maxTokens, .stopSequence, .refusal,
            .contextWindowExceeded, .unknown("new"),
        ]
        return ModelAnswer(blocks: blocks, stopReason: reasons[dice.roll(reasons.count) - 1])
    }

    private static func call(_ dice: inout Dice) -> ToolCall {
        let ids = ["a", "b", "c:d", "", "call_1"]
        let names = ["look", "make", "make", "fly", "no name!"]
        let inputs = ["{}", #"{"n":1}"#, #"{"n":2,"idempotency_key":"k"}"#, "[", "\"x\"", ""]
        return ToolCall(
            ids[dice.roll(ids.count) - 1],
            names[dice.roll(names.count) - 1],
            inputs[dice.roll(inputs.count) - 1]
        )
    }
}

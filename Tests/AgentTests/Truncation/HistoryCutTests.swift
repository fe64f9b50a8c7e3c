import TestSupport
import Testing

@testable import Agent

@Suite struct HistoryCutTests {
    /// 6000 bytes of history can be sent, 4500 stored, 2250 are low water.
    private let budget = HistoryBudget(maxTokens: 6000, rate: TokenRate(microTokensPerByte: 1_000_000))

    @Test func aHistoryThatFitsIsLeftAlone() {
        #expect(budget.sendableBytes == 6000)
        #expect(budget.storedBytes == 4500)
        #expect(budget.cut(Conversation(), for: .storing) == nil)
        #expect(budget.cut(conversation(turns: 4, bytes: 900), for: .storing) == nil)
    }

    @Test func reservedBytesCount() {
        let rate = TokenRate(microTokensPerByte: 1_000_000)
        #expect(HistoryBudget(maxTokens: 6000, rate: rate, reservedBytes: 1000).sendableBytes == 5000)
        #expect(HistoryBudget(maxTokens: 6000, rate: rate, reservedBytes: 9000).sendableBytes == 2048)
    }

    @Test func keepsTheFirstTurnAndTheNewest() throws {
        let conversation = conversation(turns: 10, bytes: 500)
        let cut = try #require(budget.cut(conversation, for: .storing))
        #expect(cut.droppedTurns == 6)
        #expect(prompts(of: cut.conversation).map { $0.prefix(3) } == ["#0 ", "#7 ", "#8 ", "#9 "])
        // What is kept keeps its bytes.
        let first = conversation.bytes[...conversation.messages[1].range.upperBound]
        #expect(cut.conversation.bytes.starts(with: first.dropLast()))
        #expect(budget.cut(cut.conversation, for: .storing) == nil)
    }

    @Test func whatIsSentMayBeLongerThanWhatIsStored() {
        let conversation = conversation(turns: 10, bytes: 500)
        #expect(budget.cut(conversation, for: .sending) == nil)
        #expect(budget.cut(conversation, for: .storing) != nil)
    }

    @Test func longResultsAreShortenedBeforeTheFirstTurnGoes() throws {
        var conversation = conversation(turns: 1, bytes: 500)
        append(to: &conversation, prompt: "now", results: [5000, 100], answer: "done")
        let cut = try #require(budget.cut(conversation, for: .storing))
        #expect(cut.droppedTurns == 0)
        #expect(prompts(of: cut.conversation).map { $0.prefix(3) } == ["#0 ", "now"])
        #expect(text(cut.conversation).contains("bytes left out …]"))
        #expect(text(cut.conversation).contains(String(repeating: "r", count: 100) + "\""))
        #expect(try violation(in: cut.conversation) == nil)
    }

    @Test func theFirstTurnLosesItsToolsBeforeItGoes() throws {
        var conversation = Conversation()
        append(to: &conversation, prompt: "first", results: Array(repeating: 60, count: 40), answer: "one")
        append(to: &conversation, prompt: "newest", results: [10], answer: "two")
        let cut = try #require(budget.cut(conversation, for: .storing))
        #expect(
            text(cut.conversation).hasPrefix(
                #"[{"role":"user","content":"first"},{"role":"assistant","content":[{"type":"text","text":"one"}]},{"role":"user","content":"newest"},{"role":"assistant","content":[{"type":"tool_use""#
            )
        )
        #expect(cut.droppedTurns == 0)
    }

    @Test func aTurnUnderWayKeepsItsPromptAndLastSteps() throws {
        var conversation = Conversation()
        conversation.append(user: "go")
        for step in 0..<80 { appendStep(to: &conversation, named: "s\(step)_", results: [50]) }
        let cut = try #require(budget.cut(conversation, for: .sending))
        #expect(prompts(of: cut.conversation) == ["go"])
        #expect(text(cut.conversation).contains("s79_0"))
        #expect(!text(cut.conversation).contains("s0_0"))
        #expect(try violation(in: cut.conversation) == nil)
    }

    @Test func aPromptBeyondAllBoundsIsShortened() throws {
        var conversation = conversation(turns: 2, bytes: 500)
        conversation.append(user: "BEGIN" + String(repeating: "\"", count: 40_000) + "END")
        conversation.append(assistant: [.text(String(repeating: "é", count: 40_000))])
        let cut = try #require(budget.cut(conversation, for: .storing))
        #expect(cut.droppedTurns == 2)
        #expect(cut.conversation.storedCount <= budget.storedBytes)
        #expect(text(cut.conversation).contains("BEGIN"))
        #expect(text(cut.conversation).contains("END"))
        #expect(try violation(in: cut.conversation) == nil)
    }

    // MARK: Histories

    private func conversation(turns: Int, bytes: Int) -> Conversation {
        var conversation = Conversation()
        for turn in 0..<turns {
            conversation.append(user: "#\(turn) " + String(repeating: "p", count: bytes / 2 - 35))
            conversation.append(assistant: [.text(String(repeating: "a", count: bytes / 2 - 60))])
        }
        return conversation
    }

    private func append(to conversation: inout Conversation, prompt: String, results: [Int], answer: String) {
        conversation.append(user: prompt)
        appendStep(to: &conversation, named: prompt, results: results)
        conversation.append(assistant: [.text(answer)])
    }

    private func appendStep(to conversation: inout Conversation, named name: String, results: [Int]) {
        let calls = results.indices.map { ToolCall("\(name)\($0)", "look", "{}") }
        conversation.append(assistant: calls.map { .toolUse($0) })
        conversation.append(
            toolResults: zip(calls, results).map { ($0, ToolResult(text: String(repeating: "r", count: $1))) }
        )
    }

    private func prompts(of conversation: Conversation) -> [String] {
        conversation.turns.map { turn in
            JSONText.string(Array(conversation.bytes[conversation.messages[turn.lowerBound].content])) ?? ""
        }
    }
}

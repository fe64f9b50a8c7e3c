import TestSupport
import Testing

@testable import Agent

@Suite struct JournalEntryTests {
    private let call = ToolCall("t1", "make", #"{"n": 1.50, "s":"ż\u0000"}"#)

    @Test func entriesComeBackAsTheyWent() throws {
        var result = ToolResult(
            text: "made \u{0} \"it\"",
            created: [
                .userStory(id: 1, ref: 2, subject: "S"),
                .task(id: 3, ref: 4, subject: "T", story: .init(id: 1, subject: "S")),
                .task(id: 5, ref: 6, subject: "U", story: nil),
            ]
        )
        result.warnings = ["slow"]
        let thought = AnswerBlock.other(json: Array(#"{"type":"thinking","thinking":"t","signature":"a/b=="}"#.utf8))
        let usage = Usage(inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheCreationInputTokens: 4)
        let entries: [JournalEntry] = [
            .turn(.example), .turn(.withoutKey),
            .answer(
                step: 1,
                ModelAnswer(
                    blocks: [thought, .text("So"), .toolUse(call), .toolUse(ToolCall("t2", "make", "["))],
                    stopReason: .toolUse,
                    usage: usage
                )
            ),
            .answer(step: 2, ModelAnswer(blocks: [thought], stopReason: .pauseTurn)),
            .intent(.init(step: 1, number: 0), startedAt: 1_790_000_000_123),
            .result(.init(step: 1, number: 0), result), .result(.init(step: 1, number: 1), .error("no")),
        ]
        for entry in entries {
            #expect(try JournalEntry(parsing: entry.encoded) == entry)
        }
    }

    @Test(arguments: ["", "[]", "{}", #"{"entry":"turn"}"#, #"{"entry":"new"}"#, #"{"entry":"intent","step":1}"#])
    func anythingElseIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try JournalEntry(parsing: Array(text.utf8)) }
    }

    @Test func aTurnThatWasWithdrawnHasNeverBeen() throws {
        let intent = JournalEntry.intent(.init(step: 1, number: 0), startedAt: 1)
        let journal: [JournalEntry] = [.turn(.example), intent, .withdrawn, .turn(.withoutKey), intent]
        #expect(try RecordedTurn.turns(in: journal.map(\.encoded)).map(\.turn) == [.withoutKey])
        #expect(try RecordedTurn.turns(in: journal.prefix(3).map(\.encoded)).isEmpty)
    }

    @Test func aJournalTellsItsTurnsApart() throws {
        let intent = JournalEntry.intent(.init(step: 1, number: 0), startedAt: 1)
        let journal: [JournalEntry] = [
            .turn(.example), .turn(.example), intent, .turn(.withoutKey), intent, intent,
        ]
        let turns = try RecordedTurn.turns(in: journal.map(\.encoded))
        #expect(turns.map(\.turn) == [.example, .withoutKey])
        #expect(turns.map(\.entries.count) == [1, 2])
        #expect(throws: JSONError.self) { try RecordedTurn.turns(in: [intent.encoded]) }
    }
}

extension JournalledTurn {
    static let example = JournalledTurn(
        runID: RunID(stored: "run_1"),
        idempotency: Idempotency(key: "k", request: "r"),
        prompt: "Go",
        projectID: 1,
        milestoneID: 2,
        userStoryID: 3
    )

    static let withoutKey = JournalledTurn(
        runID: RunID(stored: "run_2"),
        idempotency: nil,
        prompt: "Go on",
        projectID: 1,
        milestoneID: 2
    )
}

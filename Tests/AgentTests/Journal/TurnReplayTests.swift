import TestSupport
import Testing

@testable import Agent

@Suite struct TurnReplayTests {
    private let first = ToolCall("a", "make", #"{"n":1}"#)
    private let second = ToolCall("b", "make", #"{"n":2}"#)
    private let look = ToolCall("c", "look")

    private func turn() -> Turn {
        Turn(
            conversation: Conversation(),
            prompt: "Go",
            tools: [ScriptedTools.look, ScriptedTools.make],
            budgets: Budgets(),
            meter: .ample
        )
    }

    private func replay(_ entries: JournalEntry...) -> TurnReplay {
        TurnReplay(of: RecordedTurn(turn: .example, entries: entries), in: turn())
    }

    @Test func whatWasDoneIsDoneAndWhatWasBegunIsKnown() {
        let replay = replay(
            .answer(step: 1, .asking(for: first, second)),
            .intent(.init(step: 1, number: 0), startedAt: 5),
            .result(.init(step: 1, number: 0), ToolResult(text: "made")),
            .intent(.init(step: 1, number: 1), startedAt: 6)
        )
        #expect(replay.action == .callTools([.init(number: 1, call: second)]))
        #expect(replay.begun == [.init(step: 1, number: 1): 6])
    }

    @Test func aWriteThatWasNotBegunIsStillToBeDone() {
        let replay = replay(.answer(step: 1, .asking(for: first)))
        #expect(replay.action == .callTools([.init(number: 0, call: first)]))
        #expect(replay.begun.isEmpty)
    }

    @Test func afterAllResultsTheModelIsAskedAgain() {
        let replay = replay(
            .answer(step: 1, .asking(for: look)),
            .result(.init(step: 1, number: 0), ToolResult(text: "seen"))
        )
        #expect(replay.action == .callModel)
        #expect(replay.turn.conversation.messages.count == 3)
    }

    @Test func settlingEndsTheTurnWithWhatIsFound() async throws {
        var replay = replay(
            .answer(step: 1, .asking(for: first, second)),
            .intent(.init(step: 1, number: 0), startedAt: 5)
        )
        let found = CreatedArtifact.userStory(id: 1, ref: 2, subject: "S")
        let action = await replay.settle { call, begunAt in
            #expect(call.call == first && begunAt == 5)
            return ToolResult(text: "It was made", created: [found])
        }
        guard case .finish(let outcome) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(outcome.stop == .workerLost)
        #expect(outcome.artifacts.created == [found])
        let history = text(outcome.conversation)
        #expect(history.contains("It was made") && history.contains("Not run: The worker was lost."))
        #expect(history.contains("Stopped before the end (The worker was lost): created 1 user story."))
    }

    /// The tool server is away when the worker's turn is taken over.
    @Test func callsOfToolsThatAreNotOfferedAnyMoreAreKnown() {
        let entries: [JournalEntry] = [
            .answer(step: 1, .asking(for: first, look, second)),
            .intent(.init(step: 1, number: 0), startedAt: 5),
            .result(.init(step: 1, number: 0), ToolResult(text: "made")),
            .result(.init(step: 1, number: 1), ToolResult(text: "seen")),
            .intent(.init(step: 1, number: 2), startedAt: 6),
        ]
        let bare = Turn(conversation: Conversation(), prompt: "Go", tools: [], budgets: Budgets(), meter: .ample)
        let replay = TurnReplay(of: RecordedTurn(turn: .example, entries: entries), in: bare)
        #expect(replay.action == .callTools([.init(number: 2, call: second)]))
        #expect(replay.begun == [.init(step: 1, number: 2): 6])
    }

    @Test func nothingDoneLeavesNothing() async {
        var replay = replay()
        #expect(await replay.settle { _, _ in .unfinished } == .fail(.stopped(.workerLost)))
    }

    /// Whatever a turn has come to: its journal, entries doubled at random, brings another one exactly there.
    @Test func everyPrefixLeadsToTheSamePlace() throws {
        var places = 0
        for seed in 0..<800 {
            var dice = Dice(state: UInt64(seed))
            let tools: ToolList = [ScriptedTools.look, ScriptedTools.make]
            let budgets = Budgets(steps: 4, toolCalls: 8, writeCalls: 5)
            let fresh = Turn(conversation: Conversation(), prompt: "Go", tools: tools, budgets: budgets, meter: .ample)
            var turn = fresh
            var journal: [JournalEntry] = [.turn(.example)]
            var running: [Int] = []
            var action = turn.start()
            while true {
                if case .callTools(let calls) = action { running += calls.map(\.place.number) }
                if case .finish = action { break }
                journal += turn.takeEntries()
                let doubled = journal.flatMap { dice.roll(4) == 1 ? [$0, $0] : [$0] }
                let recorded = try #require(try RecordedTurn.turns(in: doubled.map(\.encoded)).first)
                let replay = TurnReplay(of: recorded, in: fresh)
                #expect(text(replay.turn.conversation) == text(turn.conversation), "seed \(seed)")
                #expect(replay.turn.artifacts == turn.artifacts, "seed \(seed)")
                switch replay.action {
                case .callTools(let calls): #expect(calls.map(\.place.number) == running.sorted(), "seed \(seed)")
                default: #expect(running.isEmpty && replay.action == .callModel, "seed \(seed)")
                }
                places += 1
                if running.isEmpty {
                    action = turn.modelAnswered(RandomTurn.answer(&dice))
                } else {
                    var result = RandomTurn.result(&dice)
                    // What was cut off ends a turn; it is no part of a journal that goes on.
                    result.isUnfinished = false
                    action = turn.toolFinished(running.remove(at: dice.roll(running.count) - 1), result)
                }
            }
        }
        #expect(places > 1000)
    }
}

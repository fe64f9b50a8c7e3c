import TestSupport
import Testing

@testable import Agent

/// Transcripts of turns: what happened, what the machine wants done.
@Suite struct TurnTests {
    private let tools: ToolList = [ScriptedTools.look, ScriptedTools.make]

    private func turn(_ budgets: Budgets = Budgets(), prompt: String = "Go") -> Turn {
        Turn(conversation: Conversation(), prompt: prompt, tools: tools, budgets: budgets, meter: .ample)
    }

    @Test func aPlainAnswerEndsTheTurn() throws {
        var turn = turn()
        #expect(turn.start() == .callModel)
        let outcome = try finished(turn.modelAnswered(.saying("Hello")))
        #expect(outcome.summary == "Hello")
        #expect(outcome.warnings.isEmpty && outcome.stop == nil && outcome.steps == 1)
        #expect(outcome.usage == Usage(inputTokens: 10, outputTokens: 5))
        #expect(
            text(outcome.conversation)
                == #"[{"role":"user","content":"Go"},{"role":"assistant","content":[{"type":"text","text":"Hello"}]}]"#
        )
    }

    @Test func toolsAreCalledAndTheModelAskedAgain() throws {
        var turn = turn()
        _ = turn.start()
        let call = ToolCall("t1", "make", #"{"n":1}"#)
        #expect(turn.modelAnswered(.asking(for: call)) == .callTools([.init(number: 0, call: call)]))
        let created = CreatedArtifact.task(id: 7, ref: 70, subject: "T", story: .init(id: 3, subject: "S"))
        #expect(turn.toolFinished(0, ToolResult(text: "made", created: [created])) == .callModel)
        let outcome = try finished(turn.modelAnswered(.saying("Made it")))
        #expect(outcome.artifacts.created == [created])
        #expect(outcome.artifacts.userStories == [.init(id: 3, subject: "S", tasks: [.init(id: 7, subject: "T")])])
        #expect(outcome.steps == 2)
    }

    @Test func neighbouringReadsRunTogetherAndWritesAlone() {
        var turn = turn()
        _ = turn.start()
        let calls = [
            ToolCall("a", "look", #"{"n":1}"#), ToolCall("b", "look", #"{"n":2}"#), ToolCall("c", "make", #"{"n":1}"#),
            ToolCall("d", "make", #"{"n":2}"#), ToolCall("e", "look", #"{"n":3}"#),
        ]
        let asked = ModelAnswer(blocks: calls.map { .toolUse($0) }, stopReason: .toolUse)
        #expect(
            turn.modelAnswered(asked)
                == .callTools([.init(number: 0, call: calls[0]), .init(number: 1, call: calls[1])])
        )
        #expect(turn.toolFinished(1, ToolResult(text: "2")) == .wait)
        #expect(turn.toolFinished(1, ToolResult(text: "again")) == .wait)
        #expect(turn.toolFinished(0, ToolResult(text: "1")) == .callTools([.init(number: 2, call: calls[2])]))
        #expect(turn.toolFinished(2, ToolResult(text: "3")) == .callTools([.init(number: 3, call: calls[3])]))
        #expect(turn.toolFinished(3, ToolResult(text: "4")) == .callTools([.init(number: 4, call: calls[4])]))
        #expect(turn.toolFinished(4, ToolResult(text: "5")) == .callModel)
        let results = text(turn.conversation).matches(of: /"tool_use_id":"(.)","content":"(.)"/).map {
            "\($0.1)\($0.2)"
        }
        #expect(results == ["a1", "b2", "c3", "d4", "e5"])
    }

    @Test func warningsOfToolsAreToldOnce() throws {
        var turn = turn()
        _ = turn.start()
        _ = turn.modelAnswered(.asking(for: ToolCall("a", "look", #"{"n":1}"#), ToolCall("b", "look", #"{"n":2}"#)))
        var result = ToolResult.error("down")
        result.warnings = ["The calendar could not be asked"]
        _ = turn.toolFinished(0, result)
        _ = turn.toolFinished(1, result)
        #expect(try finished(turn.modelAnswered(.saying("Sorry"))).warnings == result.warnings)
    }

    @Test func aTokenThatIsNotAcceptedFailsTheTurnUnlessSomethingWasDone() throws {
        var unauthorized = ToolResult.error("The sign-in has expired.")
        unauthorized.isUnauthorized = true
        let calls = [ToolCall("a", "make", #"{"n":1}"#), ToolCall("b", "make", #"{"n":2}"#)]
        var early = turn()
        _ = early.start()
        _ = early.modelAnswered(.asking(for: calls[0], calls[1]))
        #expect(early.toolFinished(0, unauthorized) == .fail(.stopped(.unauthorized)))

        var late = turn()
        _ = late.start()
        _ = late.modelAnswered(.asking(for: calls[0], calls[1]))
        _ = late.toolFinished(0, ToolResult(text: "made"))
        let outcome = try finished(late.toolFinished(1, unauthorized))
        #expect(outcome.stop == .unauthorized)
        #expect(text(outcome.conversation).contains("The sign-in has expired."))
    }

    @Test func theSameWriteKeyGivesTheEarlierResult() throws {
        var turn = turn()
        _ = turn.start()
        let first = ToolCall("a", "make", #"{"n":1,"idempotency_key":"k"}"#)
        let second = ToolCall("b", "make", #"{"n":1,"idempotency_key":"k"}"#)
        #expect(turn.modelAnswered(.asking(for: first, second)) == .callTools([.init(number: 0, call: first)]))
        let created = CreatedArtifact.userStory(id: 1, ref: 2, subject: "S")
        #expect(turn.toolFinished(0, ToolResult(text: "made", created: [created])) == .callModel)
        #expect(text(turn.conversation).contains(#""tool_use_id":"b","content":"made""#))
        #expect(try finished(turn.modelAnswered(.saying("ok"))).artifacts.created == [created])
    }

    @Test func aWriteKeyOfAnotherCallIsRefused() {
        var turn = turn()
        _ = turn.start()
        let first = ToolCall("a", "make", #"{"n":1,"idempotency_key":"k"}"#)
        _ = turn.modelAnswered(.asking(for: first, ToolCall("b", "make", #"{"n":2,"idempotency_key":"k"}"#)))
        #expect(turn.toolFinished(0, ToolResult(text: "made")) == .callModel)
        #expect(text(turn.conversation).contains("This idempotency_key belongs to another call. Nothing was done"))
    }

    @Test func badCallsAreAnsweredWithoutBeingMade() {
        var turn = turn()
        _ = turn.start()
        #expect(turn.modelAnswered(.asking(for: ToolCall("a", "fly"), ToolCall("b", "look", "[1"))) == .callModel)
        #expect(text(turn.conversation).contains("There is no tool named fly"))
        #expect(text(turn.conversation).contains("not a JSON object"))
        #expect(text(turn.conversation).contains(#""name":"look","input":{}"#))
    }

    // MARK: Budgets

    @Test func stepsEndTheTurn() throws {
        var turn = turn(Budgets(steps: 2))
        _ = turn.start()
        _ = turn.modelAnswered(.asking(for: ToolCall("a", "look", #"{"n":1}"#)))
        #expect(turn.toolFinished(0, ToolResult(text: "")) == .callModel)
        _ = turn.modelAnswered(.asking(for: ToolCall("b", "look", #"{"n":2}"#)))
        let outcome = try finished(turn.toolFinished(0, ToolResult(text: "")))
        #expect(outcome.warnings == ["Max steps exceeded"])
        #expect(outcome.stop?.code == "max-steps")
        #expect(
            text(outcome.conversation).hasSuffix(
                #"{"role":"assistant","content":[{"type":"text","text":"Stopped before the end (Max steps exceeded)."}]}]"#
            )
        )
    }

    @Test func toolCallsEndTheTurnBehindTheLastAllowedOne() throws {
        var turn = turn(Budgets(toolCalls: 1))
        _ = turn.start()
        let calls = [ToolCall("a", "look", #"{"n":1}"#), ToolCall("b", "look", #"{"n":2}"#)]
        #expect(turn.modelAnswered(.asking(for: calls[0], calls[1])) == .callTools([.init(number: 0, call: calls[0])]))
        let outcome = try finished(turn.toolFinished(0, ToolResult(text: "one")))
        #expect(outcome.warnings == ["Max tool calls exceeded"])
        #expect(
            text(outcome.conversation).contains(
                #""tool_use_id":"b","content":"Not run: Max tool calls exceeded.","is_error":true"#
            )
        )
    }

    @Test func writesEndTheTurnWhileReadsMayGoOn() throws {
        var turn = turn(Budgets(writeCalls: 1))
        _ = turn.start()
        _ = turn.modelAnswered(.asking(for: ToolCall("a", "make", #"{"n":1}"#), ToolCall("b", "make", #"{"n":2}"#)))
        let outcome = try finished(turn.toolFinished(0, ToolResult(text: "")))
        #expect(outcome.warnings == ["Max write calls exceeded"])
    }

    @Test func theSameCallAThirdTimeIsALoop() throws {
        var turn = turn()
        _ = turn.start()
        for key in ["1", "2"] {
            let input = key == "1" ? #"{"a":1,"b":2,"idempotency_key":"k1"}"# : #"{"idempotency_key":"k2","b":2,"a":1}"#
            _ = turn.modelAnswered(.asking(for: ToolCall("t\(key)", "make", input)))
            #expect(turn.toolFinished(0, ToolResult(text: "")) == .callModel)
        }
        let outcome = try finished(turn.modelAnswered(.asking(for: ToolCall("t3", "make", #"{"b":2,"a":1}"#))))
        #expect(outcome.warnings == ["Loop detected: make"])
        #expect(outcome.stop?.code == "loop")
    }

    // MARK: Interruptions

    @Test func nothingDoneMeansFailure() {
        var first = turn()
        _ = first.start()
        #expect(first.deadlinePassed() == .fail(.stopped(.deadline)))
        var second = turn()
        _ = second.start()
        #expect(second.modelFailed(.overloaded) == .fail(.model(.overloaded)))
        var third = turn()
        _ = third.start()
        #expect(third.cancelled() == .fail(.stopped(.cancelled)))
        #expect(third.modelAnswered(.saying("too late")) == .wait)
    }

    @Test func aDeadlineInTheMiddleOfToolsLeavesResults() throws {
        var turn = turn()
        _ = turn.start()
        _ = turn.modelAnswered(
            .asking(for: ToolCall("a", "make", #"{"n":1}"#), ToolCall("b", "make", #"{"n":2}"#), ToolCall("c", "look"))
        )
        _ = turn.toolFinished(0, ToolResult(text: "ok", created: [.userStory(id: 1, ref: 1, subject: "S")]))
        #expect(turn.deadlinePassed() == .cancelTools)
        #expect(turn.cancelled() == .cancelTools)
        let outcome = try finished(turn.toolFinished(1, .unfinished))
        #expect(outcome.warnings == ["Deadline exceeded"])
        #expect(outcome.summary == "Stopped before the end (Deadline exceeded): created 1 user story.")
        let history = text(outcome.conversation)
        #expect(history.contains(#""tool_use_id":"b","content":"Outcome unknown: stopped under way."#))
        #expect(history.contains(#""tool_use_id":"c","content":"Not run: Deadline exceeded."#))
        #expect(turn.toolFinished(1, ToolResult(text: "late")) == .wait)
    }

    @Test func aCallThatFinishesBehindTheDeadlineCounts() throws {
        var turn = turn()
        _ = turn.start()
        _ = turn.modelAnswered(.asking(for: ToolCall("a", "make")))
        #expect(turn.deadlinePassed() == .cancelTools)
        let created = ToolResult(text: "made it", created: [.userStory(id: 1, ref: 1, subject: "S")])
        let outcome = try finished(turn.toolFinished(0, created))
        #expect(outcome.artifacts.created.count == 1)
        #expect(text(outcome.conversation).contains("made it"))
    }

    @Test func aModelThatFailsLaterLeavesWhatWasDone() throws {
        var turn = turn()
        _ = turn.start()
        _ = turn.modelAnswered(.asking(for: ToolCall("a", "look")))
        _ = turn.toolFinished(0, ToolResult(text: "ok"))
        let outcome = try finished(turn.modelFailed(.unavailable))
        #expect(outcome.warnings == ["LLM error: unavailable"])
        #expect(outcome.conversation?.messages.count == 4)
    }

    // MARK: Odd answers

    @Test(arguments: [
        (StopReason.maxTokens, "max-tokens"), (.contextWindowExceeded, "context-window"),
    ])
    func aCutAnswerKeepsItsTextWithoutCalls(_ reason: StopReason, _ code: String) throws {
        var turn = turn()
        _ = turn.start()
        let blocks: [AnswerBlock] = [.text("Half"), .toolUse(ToolCall("a", "make", #"{"n":"#))]
        let outcome = try finished(turn.modelAnswered(ModelAnswer(blocks: blocks, stopReason: reason)))
        #expect(outcome.summary == "Half")
        #expect(outcome.stop?.code == code)
        #expect(!text(outcome.conversation).contains("tool_use"))
    }

    @Test func aRefusalIsNotKept() throws {
        var turn = turn()
        _ = turn.start()
        let outcome = try finished(turn.modelAnswered(ModelAnswer(blocks: [], stopReason: .refusal)))
        #expect(outcome.conversation == nil)
        #expect(outcome.stop?.code == "refusal")
    }

    @Test func aPausedAnswerIsContinued() throws {
        var turn = turn()
        _ = turn.start()
        let paused = ModelAnswer(
            blocks: [.other(json: Array(#"{"type":"server_tool_use"}"#.utf8))],
            stopReason: .pauseTurn
        )
        #expect(turn.modelAnswered(paused) == .callModel)
        #expect(try finished(turn.modelAnswered(.saying("Done"))).conversation?.messages.count == 3)
    }

    @Test(arguments: [[AnswerBlock](), [.text("")], [.text(" \n")]])
    func anEmptyAnswerLeavesNoEmptyContent(_ blocks: [AnswerBlock]) throws {
        var turn = turn()
        _ = turn.start()
        let outcome = try finished(turn.modelAnswered(ModelAnswer(blocks: blocks, stopReason: .endTurn)))
        #expect(outcome.summary == "Done.")
        #expect(text(outcome.conversation).hasSuffix(#"[{"type":"text","text":"Done."}]}]"#))
    }

    @Test func askingForToolsWithoutACallEndsTheTurn() throws {
        var turn = turn()
        _ = turn.start()
        #expect(
            try finished(turn.modelAnswered(ModelAnswer(blocks: [.text("Hm")], stopReason: .toolUse))).summary == "Hm"
        )
    }

    @Test func idsThatAreTakenOrMalformedAreReplaced() throws {
        var conversation = Conversation()
        let old = ToolCall("taken", "look")
        conversation.append(user: "Hi")
        conversation.append(assistant: [.toolUse(old)])
        conversation.append(toolResults: [(old, ToolResult(text: "ok"))])
        conversation.append(assistant: [.text("Done")])
        var turn = Turn(conversation: conversation, prompt: "Go", tools: tools, budgets: Budgets(), meter: .ample)
        _ = turn.start()
        let ids = ["taken", "new", "new", "with:colon", ""]
        let calls = ids.enumerated().map { ToolCall($1, "look", #"{"n":\#($0)}"#) } + [ToolCall("z", "no such tool!")]
        let asked = ModelAnswer(blocks: calls.map { .toolUse($0) }, stopReason: .toolUse)
        guard case .callTools(let made) = turn.modelAnswered(asked) else {
            Issue.record("no calls")
            return
        }
        #expect(made.map(\.call.id) == ["call_1", "new", "call_2", "call_3", "call_4"])
        #expect(text(turn.conversation).contains(#""name":"unknown_tool""#))
    }

    @Test func aThoughtNeitherEndsATurnNorIsKeptWhenCut() throws {
        let thought = AnswerBlock.other(json: Array(#"{"type":"thinking","thinking":"hm"}"#.utf8))
        for (reason, kept) in [(StopReason.endTurn, 2), (.maxTokens, 1)] {
            var turn = turn()
            _ = turn.start()
            let blocks: [AnswerBlock] = [thought, .text("Yes"), thought]
            let outcome = try finished(turn.modelAnswered(ModelAnswer(blocks: blocks, stopReason: reason)))
            #expect(outcome.conversation?.blocks.count == kept)
            #expect(outcome.conversation?.blocks.last?.kind == .text)
            #expect(try outcome.conversation == Conversation(stored: outcome.conversation?.stored ?? []))
        }
    }

    @Test func usageThatNoIntegerHoldsDoesNotCrash() throws {
        var turn = turn()
        _ = turn.start()
        var answer = ModelAnswer.asking(for: ToolCall("a", "fly"))
        answer.usage = Usage(outputTokens: .max)
        #expect(turn.modelAnswered(answer) == .callModel)
        #expect(turn.modelAnswered(answer) == .callModel)
        #expect(try finished(turn.modelAnswered(.saying("ok"))).usage.outputTokens == .max)
    }

    @Test func anEmptyLastAnswerTellsWhatWasCreated() throws {
        var turn = turn()
        _ = turn.start()
        _ = turn.modelAnswered(.asking(for: ToolCall("a", "make"), saying: "I will make one."))
        _ = turn.toolFinished(0, ToolResult(text: "ok", created: [.task(id: 1, ref: 1, subject: "T", story: nil)]))
        let outcome = try finished(turn.modelAnswered(ModelAnswer(blocks: [], stopReason: .endTurn)))
        #expect(outcome.summary == "Done: created 1 task.")
    }

    private func finished(_ action: Turn.Action) throws -> TurnOutcome {
        guard case .finish(let outcome) = action else { throw NotFinished(action: action) }
        return outcome
    }

    private struct NotFinished: Error { var action: Turn.Action }
}

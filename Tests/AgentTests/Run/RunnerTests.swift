import Agent
import Logging
import TestSupport
import Testing

@Suite struct RunnerTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func runner(
        _ model: ScriptedModel,
        _ tools: ScriptedTools = ScriptedTools(),
        _ store: ScriptedStore = ScriptedStore(),
        settings: RunSettings = RunSettings(),
        timer: RunTimer = .system
    ) -> Runner {
        Runner(model: model, tools: tools, store: store, settings: settings, timer: timer)
    }

    @Test func aSecondTurnStandsOnTheFirst() async throws {
        let model = ScriptedModel(texts: ["Which Alex?", "Created"])
        let store = ScriptedStore()
        let runner = runner(model, ScriptedTools(), store)
        _ = try await runner.run(.example("Create tasks for Alex", session: "s"), logger: logger)
        let answer = try await runner.run(.example("Alex Smith", session: "s"), logger: logger)
        #expect(answer.outcome.summary == "Created")
        #expect(model.requests.map(\.conversation.messages.count) == [1, 3])
        #expect(model.requests.map(\.committedMessages) == [0, 2])
        #expect(try Conversation(stored: Array((store.history(of: "s") ?? "").utf8)).messages.count == 4)
    }

    @Test func withoutASessionNothingIsStored() async throws {
        let store = ScriptedStore()
        _ = try await runner(ScriptedModel(texts: ["Hi"]), ScriptedTools(), store).run(.example("Hi"), logger: logger)
        #expect(store.commits == 0)
    }

    @Test func aRoleWithoutToolsCostsNoModelCall() async throws {
        let model = ScriptedModel(texts: ["never"])
        let answer = try await runner(model, ScriptedTools(offered: [])).run(
            .example("Hi", session: "s"),
            logger: logger
        )
        #expect(answer.outcome.summary == "No tools available for your role")
        #expect(answer.outcome.warnings == ["User has no permissions"])
        #expect(model.requests.isEmpty)
    }

    @Test func tokensNeverReachTheModel() async throws {
        let model = ScriptedModel(texts: ["Hi"])
        _ = try await runner(model).run(.example("Hi"), logger: logger)
        let request = try #require(model.requests.first)
        let shown = request.system + text(request.conversation) + "\(request)"
        #expect(!shown.contains("canary"))
        #expect(request.system.contains("1729875") && request.system.contains("499548"))
    }

    @Test func readsOfOneStepRunAtTheSameTime() async throws {
        let both = Rendezvous(parties: 2)
        let tools = ScriptedTools { _ in
            await both.arrive()
            return ToolResult(text: "{}")
        }
        let model = ScriptedModel([
            { _ in .asking(for: ToolCall("a", "look", #"{"n":1}"#), ToolCall("b", "look", #"{"n":2}"#)) },
            { _ in .saying("Done") },
        ])
        _ = try await runner(model, tools).run(.example("Go"), logger: logger)
        #expect(tools.mostRunning == 2)
    }

    @Test func writesOfOneStepRunOneAfterAnother() async throws {
        let tools = ScriptedTools { _ in
            await Task.yield()
            return ToolResult(text: "{}")
        }
        let model = ScriptedModel([
            { _ in .asking(for: ToolCall("a", "make", #"{"n":1}"#), ToolCall("b", "make", #"{"n":2}"#)) },
            { _ in .saying("Done") },
        ])
        _ = try await runner(model, tools).run(.example("Go"), logger: logger)
        #expect(tools.mostRunning == 1)
        #expect(tools.calls.map(\.id) == ["a", "b"])
    }

    @Test func theDeadlineEndsAHangingModelCall() async throws {
        let model = ScriptedModel([hang])
        let error = await #expect(throws: RunError.self) {
            try await runner(model, timer: .expired).run(.example("Go"), logger: logger)
        }
        #expect(error?.code == .deadline)
    }

    @Test func theDeadlineEndsAHangingToolAndTheTurnIsKept() async throws {
        let deadline = Gate()
        let tools = ScriptedTools { _ in
            deadline.open()
            await hangUntilCancelled()
            return .unfinished
        }
        let model = ScriptedModel([{ _ in .asking(for: ToolCall("a", "make")) }])
        let store = ScriptedStore()
        // Only the turn's own deadline passes; the one for its commit, a second later, does not.
        let afterTurn = ContinuousClock.now + RunSettings().deadline - .milliseconds(500)
        let timer = RunTimer(now: { .now }, sleep: { try await ($0 < afterTurn ? deadline : Gate()).wait() })
        let answer = try await runner(model, tools, store, timer: timer).run(
            .example("Go", session: "s"),
            logger: logger
        )
        #expect(answer.outcome.warnings == ["Deadline exceeded"])
        #expect(store.history(of: "s")?.contains("Outcome unknown") == true)
    }

    @Test(arguments: [
        (StoreError.Code.unavailable, RunError.Code.storeUnavailable), (.unreadable, .historyUnreadable),
        (.tooLarge, .historyUnreadable), (.full, .storeUnavailable),
    ])
    func nothingRunsWhenTheSessionCannotBeLoaded(_ code: StoreError.Code, _ expected: RunError.Code) async throws {
        let model = ScriptedModel(texts: ["never"])
        let store = ScriptedStore()
        store.failNext(StoreError(code, "test"))
        let error = await #expect(throws: RunError.self) {
            try await runner(model, ScriptedTools(), store).run(.example("Hi", session: "s"), logger: logger)
        }
        #expect(error?.code == expected)
        #expect(model.requests.isEmpty)
    }

    @Test func aHistoryThatIsNoArrayIsLeftAlone() async throws {
        let store = ScriptedStore(["s": "{broken"])
        let error = await #expect(throws: RunError.self) {
            try await runner(ScriptedModel(texts: ["x"]), ScriptedTools(), store).run(
                .example("Hi", session: "s"),
                logger: logger
            )
        }
        #expect(error?.code == .historyUnreadable)
        #expect(store.history(of: "s") == "{broken")
    }

    @Test func whatWasDoneIsStoredThoughTheRunIsCancelled() async throws {
        let started = Gate()
        let tools = ScriptedTools { _ in
            started.open()
            await hangUntilCancelled()
            return .unfinished
        }
        let store = ScriptedStore()
        let runner = runner(ScriptedModel([{ _ in .asking(for: ToolCall("a", "make")) }]), tools, store)
        let answer = try await withThrowingTaskGroup(of: RunAnswer.self) { group in
            group.addTask { [logger] in try await runner.run(.example("Go", session: "s"), logger: logger) }
            try await started.wait()
            group.cancelAll()
            return try await group.next()
        }
        #expect(answer?.outcome.warnings == ["Cancelled"])
        #expect(store.history(of: "s")?.contains("Outcome unknown") == true)
    }

    @Test func aStoreThatHangsDoesNotOutlastTheDeadline() async throws {
        let expired = RunTimer(now: { .now }, sleep: { _ in })
        let store = ScriptedStore()
        store.hangNext(1)
        let begun = await #expect(throws: RunError.self) {
            try await runner(ScriptedModel(texts: ["x"]), ScriptedTools(), store, timer: expired)
                .run(.example("Hi", session: "s"), logger: logger)
        }
        #expect(begun?.code == .storeUnavailable)
    }

    @Test func aCommitThatHangsEndsAtTheDeadline() async throws {
        let deadline = Gate()
        let store = ScriptedStore()
        let model = ScriptedModel([
            { _ in
                store.hangNext(1) { deadline.open() }
                return .saying("Hi")
            }
        ])
        let timer = RunTimer(now: { .now }, sleep: { _ in try await deadline.wait() })
        let answer = try await runner(model, ScriptedTools(), store, timer: timer)
            .run(.example("Hi", session: "s"), logger: logger)
        #expect(answer.outcome.summary == "Hi")
        #expect(answer.outcome.warnings == ["History not saved"])
    }

    @Test func aCommitIsTriedAgainWhileThereIsTime() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel([
            { _ in
                store.failNext(StoreError(.unavailable, "down"), StoreError(.unavailable, "still down"))
                return .saying("Hi")
            }
        ])
        let answer = try await runner(model, ScriptedTools(), store).run(.example("Hi", session: "s"), logger: logger)
        #expect(answer.outcome.warnings.isEmpty)
        #expect(store.commits == 3)
    }

    @Test func workThatCannotBeSavedIsAnsweredWithAWarning() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel([
            { _ in
                store.failNext(StoreError(.full, "no room"))
                return .saying("Hi")
            }
        ])
        let answer = try await runner(model, ScriptedTools(), store).run(.example("Hi", session: "s"), logger: logger)
        #expect(answer.outcome.summary == "Hi")
        #expect(answer.outcome.warnings == ["History not saved"])
    }

    @Test func aCancelledRunThatDidNothingFails() async throws {
        let started = Gate()
        let model = ScriptedModel([
            { request in
                started.open()
                return try await hang(request)
            }
        ])
        let runner = runner(model)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [logger] in
                let error = await #expect(throws: RunError.self) {
                    try await runner.run(RunRequest.example("Go"), logger: logger)
                }
                #expect(error?.code == .cancelled)
            }
            try await started.wait()
            group.cancelAll()
        }
    }
}

extension RunTimer {
    /// A timer whose every deadline has passed already.
    fileprivate static let expired = RunTimer(now: { .now }, sleep: { _ in })
}

/// A model call that ends only by being cancelled.
@Sendable private func hang(_ request: ModelRequest) async throws -> ModelAnswer {
    await hangUntilCancelled()
    throw ModelError(.cancelled, "cancelled")
}

private func hangUntilCancelled() async {
    let never = Gate()
    try? await never.wait()
}

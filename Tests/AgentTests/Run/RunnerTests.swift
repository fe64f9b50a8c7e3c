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
        Runner(
            model: model,
            tools: tools,
            store: store,
            settings: settings,
            timer: timer,
            codec: SummaryCodec()
        )
    }

    @Test func aSecondTurnStandsOnTheFirst() async throws {
        let model = ScriptedModel(texts: ["Which Alex?", "Created"])
        let store = ScriptedStore()
        let runner = runner(model, ScriptedTools(), store)
        _ = try await runner.run(.example("Create tasks for Alex", session: "s"), logger: logger)
        let answer = try await runner.run(.example("Alex Smith", session: "s"), logger: logger)
        #expect(answer.answer?.outcome.summary == "Created")
        #expect(model.requests.map(\.conversation.messages.count) == [1, 3])
        #expect(model.requests.map(\.committedMessages) == [0, 2])
        #expect(try Conversation(stored: Array((store.history(of: "s") ?? "").utf8)).messages.count == 4)
    }

    @Test func withoutASessionNothingIsStored() async throws {
        let store = ScriptedStore()
        _ = try await runner(ScriptedModel(texts: ["Hi"]), ScriptedTools(), store).run(.example("Hi"), logger: logger)
        #expect(store.records.isEmpty)
    }

    @Test func aRoleWithoutToolsCostsNoModelCall() async throws {
        let model = ScriptedModel(texts: ["never"])
        let answer = try await runner(model, ScriptedTools(offered: [])).run(
            .example("Hi", session: "s"),
            logger: logger
        )
        #expect(answer.answer?.outcome.summary == "No tools available for your role")
        #expect(answer.answer?.outcome.warnings == ["User has no permissions"])
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
        #expect(answer.answer?.outcome.warnings == ["Deadline exceeded"])
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
        let answer = try await withThrowingTaskGroup(of: RunReply.self) { group in
            group.addTask { [logger] in try await runner.run(.example("Go", session: "s"), logger: logger) }
            try await started.wait()
            group.cancelAll()
            return try await group.next()
        }
        #expect(answer?.answer?.outcome.warnings == ["Cancelled"])
        #expect(store.history(of: "s")?.contains("Outcome unknown") == true)
    }

    @Test func aStoreThatHangsDoesNotOutlastTheDeadline() async throws {
        let deadline = Gate()
        let store = ScriptedStore()
        store.hangNext(1) { deadline.open() }
        let timer = RunTimer(now: { .now }, sleep: { _ in try await deadline.wait() })
        let begun = await #expect(throws: RunError.self) {
            try await runner(ScriptedModel(texts: ["x"]), ScriptedTools(), store, timer: timer)
                .run(.example("Hi", session: "s"), logger: logger)
        }
        #expect(begun?.code == .storeUnavailable)
    }

    @Test(arguments: [false, true])
    func aTurnThatIsGrantedTooLateIsGivenBack(asTheRunIsCancelled: Bool) async throws {
        let deadline = Gate()
        let asked = Gate()
        let store = ScriptedStore()
        store.admitNextLate {
            asked.open()
            if !asTheRunIsCancelled { deadline.open() }
        }
        // The deadline for the answer passes; what is left after it does not.
        let afterBegin = ContinuousClock.now + RunSettings().deadline - .milliseconds(50)
        let timer = RunTimer(now: { .now }, sleep: { try await ($0 < afterBegin ? deadline : Gate()).wait() })
        let run = Task {
            try await runner(ScriptedModel(texts: ["never"]), ScriptedTools(), store, timer: timer)
                .run(.example("Hi", session: "s"), logger: logger)
        }
        try await asked.wait()
        if asTheRunIsCancelled { run.cancel() }
        let error = await #expect(throws: RunError.self) { try await run.value }
        #expect(error?.code == (asTheRunIsCancelled ? .cancelled : .storeUnavailable))
        #expect(store.claims.map(\.runID) == store.abandoned.map(\.runID))
        #expect(store.abandoned.count == 1)
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
        #expect(answer.answer?.outcome.summary == "Hi")
        #expect(answer.answer?.outcome.warnings == ["History not saved"])
    }

    @Test func aCommitIsTriedAgainWhileThereIsTime() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel([
            { _ in
                store.failNext(StoreError(.unavailable, "down"), StoreError(.full, "no room yet"))
                return .saying("Hi")
            }
        ])
        let answer = try await runner(model, ScriptedTools(), store).run(.example("Hi", session: "s"), logger: logger)
        #expect(answer.answer?.outcome.warnings == [])
        #expect(store.records.count == 3)
    }

    @Test func workThatCannotBeSavedIsAnsweredWithAWarning() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel([
            { _ in
                store.failNext(StoreError(.tooLarge, "for good"))
                return .saying("Hi")
            }
        ])
        let answer = try await runner(model, ScriptedTools(), store).run(.example("Hi", session: "s"), logger: logger)
        #expect(answer.answer?.outcome.summary == "Hi")
        #expect(answer.answer?.outcome.warnings == ["History not saved"])
    }

    // MARK: Leases

    @Test(arguments: [
        (TurnAdmission.busy(runID: "run_other"), RunError.Code.sessionBusy), (.overloaded, .overloaded),
        (.notFound, .notFound), (.cleared, .cleared), (.keyReused, .keyReused),
    ])
    func aClaimThatIsNotAdmittedRunsNothing(_ admission: TurnAdmission, _ expected: RunError.Code) async throws {
        let model = ScriptedModel(texts: ["never"])
        let store = ScriptedStore()
        store.admitNext(admission)
        let error = await #expect(throws: RunError.self) {
            try await runner(model, ScriptedTools(), store).run(.example("Hi", session: "s"), logger: logger)
        }
        #expect(error?.code == expected)
        #expect(error?.activeRun == (expected == .sessionBusy ? "run_other" : nil))
        #expect(model.requests.isEmpty && store.abandoned.isEmpty)
    }

    @Test func aStoredAnswerIsGivenAgain() async throws {
        let store = ScriptedStore()
        store.admitNext(.replayed(answer: Array("as before".utf8)))
        let reply = try await runner(ScriptedModel(texts: ["never"]), ScriptedTools(), store)
            .run(.example("Hi", key: "k"), logger: logger)
        #expect(reply.isReplay)
        #expect(reply.bytes == Array("as before".utf8))
    }

    @Test func anAnswerIsKeptOnlyForAKey() async throws {
        let store = ScriptedStore()
        let runner = runner(ScriptedModel(texts: ["One", "Two"]), ScriptedTools(), store)
        _ = try await runner.run(.example("Hi", session: "s"), logger: logger)
        _ = try await runner.run(.example("Hi", key: "k"), logger: logger)
        #expect(store.records.map(\.answer) == [nil, Array("Two".utf8)])
        #expect(store.records.map { $0.change == nil } == [false, true])
    }

    @Test func aRunThatDidNothingGivesItsLeaseBack() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel([{ _ in throw ModelError(.overloaded, "busy") }])
        let error = await #expect(throws: RunError.self) {
            try await runner(model, ScriptedTools(), store).run(.example("Hi", session: "s", key: "k"), logger: logger)
        }
        #expect(error?.code == .modelOverloaded)
        #expect(store.abandoned.count == 1 && store.records.isEmpty)
    }

    @Test(arguments: [
        (LeaseEnd.interrupted, RunError.Code.interrupted), (.cleared, .cleared), (.superseded, .storeUnavailable),
    ])
    func aLeaseThatEndsBeforeAnythingIsDoneEndsTheRun(_ end: LeaseEnd, _ expected: RunError.Code) async throws {
        let store = ScriptedStore(leaseEnd: end)
        let model = ScriptedModel([
            { request in
                store.leaseEnd.open()
                return try await hang(request)
            }
        ])
        let error = await #expect(throws: RunError.self) {
            try await runner(model, ScriptedTools(), store).run(.example("Hi", session: "s"), logger: logger)
        }
        #expect(error?.code == expected)
        #expect(store.abandoned.count == 1)
    }

    /// Nobody renews a lease of seconds for a turn of milliseconds.
    @Test func onlyTheLeaseOfATurnThatLastsIsHeld() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel([
            { _ in .saying("At once") },
            { _ in
                try await store.held.wait()
                return .saying("In time")
            },
        ])
        let runner = runner(model, ScriptedTools(), store)
        _ = try await runner.run(.example("Hi", session: "s"), logger: logger)
        #expect(!store.held.isOpen)
        let reply = try await runner.run(.example("Hi", session: "s"), logger: logger)
        #expect(reply.answer?.outcome.summary == "In time")
    }

    @Test func aClearedSessionIsToldInTheAnswer() async throws {
        let store = ScriptedStore()
        store.judgeNext(.cleared)
        let reply = try await runner(ScriptedModel(texts: ["Done"]), ScriptedTools(), store)
            .run(.example("Hi", session: "s"), logger: logger)
        #expect(reply.answer?.outcome.warnings == ["History not kept: the session was cleared"])
    }

    @Test func aTurnGoesOnTopOfWhatAnotherProgramStored() async throws {
        let store = ScriptedStore(["s": #"[{"role":"user","content":"Old"},{"role":"assistant","content":"Yes"}]"#])
        let foreign = #"[{"role": "user", "content": "New"}, {"role": "assistant", "content": "Ok"}]"#
        store.judgeNext(.changed(history: Array(foreign.utf8), HistoryFingerprint("f2")))
        let reply = try await runner(ScriptedModel(texts: ["Done"]), ScriptedTools(), store)
            .run(.example("Hi", session: "s"), logger: logger)
        #expect(reply.answer?.outcome.warnings == [])
        let turn = #"{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"Done"}]}"#
        #expect(store.history(of: "s") == foreign.dropLast() + "," + turn + "]")
        #expect(store.records.last?.change?.fingerprint == HistoryFingerprint("f2"))
        #expect(try Conversation(stored: Array((store.history(of: "s") ?? "").utf8)).messages.count == 4)
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

import Logging
import TestSupport
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct RunHostTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let store = ScriptedStore()
    private let runs = ScriptedRunStore()

    private func host(_ model: ScriptedModel, limits: RunLimits = RunLimits()) -> RunHost {
        let runner = Runner(model: model, tools: ScriptedTools(), store: store, codec: SummaryCodec())
        return RunHost(runner: runner, store: runs, limits: limits)
    }

    private func request(of user: Int = 738_718, key: String? = nil) -> RunRequest {
        .example("Hi", session: "s\(user)", key: key).of(Principal(userID: user))
    }

    private func refusal(_ host: RunHost, _ request: RunRequest) async -> RunError.Code? {
        do throws(RunError) {
            _ = try await host.start(request, logger: logger)
            return nil
        } catch {
            return error.code
        }
    }

    /// A model that waits for `gate` and then answers each call.
    private func waiting(for gate: Gate, calls: Int = 8) -> ScriptedModel {
        ScriptedModel(
            Array(
                repeating: { _ in
                    try await gate.wait()
                    return .saying("Done")
                },
                count: calls
            )
        )
    }

    // MARK: Limits

    @Test func soManyRunAtOnceAndNoMore() async throws {
        let gate = Gate()
        let host = host(waiting(for: gate), limits: RunLimits(inFlight: 2))
        let (one, other) = try await (
            host.start(request(of: 1), logger: logger), host.start(request(of: 2), logger: logger)
        )
        #expect(host.isFull && host.inFlight == 2)
        #expect(await refusal(host, request(of: 3)) == .overloaded)
        gate.open()
        _ = try await (one.reply(), other.reply())
        #expect(host.inFlight == 0)
        #expect(try await host.start(request(of: 3), logger: logger).reply().answer?.outcome.summary == "Done")
    }

    @Test func soManyOfOnePrincipalRunAtOnceAndNoMore() async throws {
        let gate = Gate()
        let host = host(waiting(for: gate), limits: RunLimits(perPrincipal: 1))
        let run = try await host.start(request(of: 1), logger: logger)
        #expect(await refusal(host, request(of: 1)) == .overloaded)
        let other = try await host.start(request(of: 2), logger: logger)
        gate.open()
        _ = try await (run.reply(), other.reply())
        #expect(await refusal(host, request(of: 1)) == nil)
    }

    @Test func whatWasAnsweredBeforeIsReplayedByAFullWorker() async throws {
        let gate = Gate()
        let model = ScriptedModel([
            { _ in .saying("First") },
            { _ in
                try await gate.wait()
                return .saying("Done")
            },
        ])
        let host = host(model, limits: RunLimits(inFlight: 1))
        let keyed = request(of: 1, key: "k")
        _ = try await host.start(keyed, logger: logger).reply()
        let long = try await host.start(request(of: 2), logger: logger)
        let replay = try await host.start(keyed, logger: logger).reply()
        #expect(replay.isReplay && replay.bytes == Array("First".utf8))
        #expect(await refusal(host, request(of: 1, key: "other")) == .overloaded)
        #expect(host.inFlight == 1)
        gate.open()
        _ = try await long.reply()
        #expect(model.requests.count == 2)
    }

    @Test func aRetryOfARunInFlightNeedsNoPlace() async throws {
        let gate = Gate()
        let host = host(waiting(for: gate), limits: RunLimits(inFlight: 1))
        let first = try await host.start(request(of: 1, key: "k"), logger: logger)
        let retry = try await host.start(request(of: 1, key: "k"), logger: logger)
        #expect(host.inFlight == 1)
        #expect(await refusal(host, request(of: 1, key: "other")) == .overloaded)
        #expect(await refusal(host, request(of: 2, key: "k")) == .overloaded)
        gate.open()
        _ = try await (first.reply(), retry.reply())
        #expect(host.inFlight == 0)
    }

    @Test func everyPathGivesItsPlaceBack() async throws {
        let model = ScriptedModel([
            { _ in .saying("Done") },
            { _ in throw ModelError(.refused, "test") },
            { _ in
                try await Gate().wait()
                return .saying("never")
            },
        ])
        let host = host(model, limits: RunLimits(inFlight: 1, perPrincipal: 1))
        // To its end, by a failure, by a cancel.
        _ = try await host.start(request(), logger: logger).reply()
        await #expect(throws: RunError.self) { try await host.start(request(), logger: logger).reply() }
        let hanging = try await host.start(request(), logger: logger)
        hanging.cancel(because: .wish)
        await #expect(throws: RunError.self) { try await hanging.reply() }
        // By a replay, by a store that is down, by a session that is busy.
        store.admitNext(.replayed(answer: Array("Earlier".utf8)), .busy(runID: "run_x"))
        #expect(try await host.start(request(), logger: logger).reply().isReplay)
        await #expect(throws: RunError.self) { try await host.start(request(), logger: logger).reply() }
        store.failNext(StoreError(.unavailable, "test"))
        await #expect(throws: RunError.self) { try await host.start(request(), logger: logger).reply() }
        #expect(host.inFlight == 0)
        await host.ended()
    }

    // MARK: Ends

    @Test func aCancelWorksWithoutTheStore() async throws {
        let host = host(waiting(for: Gate()))
        let run = try await host.start(request(), isStreamed: true, logger: logger)
        await run.log.begun()
        runs.failNext(StoreError(.unavailable, "test"), StoreError(.unavailable, "test"))
        #expect(try await host.cancel(run.request.runID, for: .anyone) == .running)
        await #expect(throws: RunError.self) { try await run.reply() }
        #expect(run.log.record.state == .cancelled)
        await host.ended()
        #expect(try await host.cancel(run.request.runID, for: .anyone) == .cancelled)
    }

    @Test func aCancelThatComesThroughTheStoreStopsTheRun() async throws {
        let host = host(waiting(for: Gate()))
        let run = try await host.start(request(), isStreamed: true, logger: logger)
        await run.log.begun()
        #expect(try await runs.cancel(run.request.runID, for: .anyone) == .running)
        let error = await #expect(throws: RunError.self) { try await run.reply() }
        #expect(error?.code == .cancelled)
    }

    @Test func whatWasDoneBeforeACancelIsKept() async throws {
        let asked = Gate()
        let model = ScriptedModel([
            { _ in .asking(for: ToolCall("a", "make")) },
            { _ in
                asked.open()
                try await Gate().wait()
                return .saying("never")
            },
        ])
        let host = host(model)
        let run = try await host.start(request(), logger: logger)
        try await asked.wait()
        run.cancel(because: .wish)
        let answer = try #require(await run.reply().answer)
        #expect(answer.outcome.stop == .cancelled)
        #expect(answer.outcome.warnings.isEmpty == false)
        #expect(run.log.record.state == .cancelled)
        #expect(store.records.count == 1)
    }

    @Test func theEndIsKnownHereAtOnce() async throws {
        let (gate, held) = (Gate(), Gate())
        runs.holdNext(at: gate) { held.open() }
        let host = host(ScriptedModel(texts: ["Done"]))
        let run = try await host.start(request(), logger: logger)
        _ = try await run.reply()
        let known = try await host.run(run.request.runID, for: .anyone)
        #expect(known?.record.state == .finished)
        #expect(known?.lastEvent == EncodedEvent(name: "finished", data: Array("Done".utf8)))
        gate.open()
        await host.ended()
        #expect(try await host.run(run.request.runID, for: .anyone) == known)
    }

    @Test func aRunIsNobodyElses() async throws {
        let gate = Gate()
        let host = host(waiting(for: gate))
        let run = try await host.start(request(of: 1), isStreamed: true, logger: logger)
        await run.log.begun()
        let id = run.request.runID
        let (owner, other) = (Caller.principal(Principal(userID: 1)), Caller.principal(Principal(userID: 2)))
        #expect(try await host.run(id, for: other) == nil)
        #expect(try await host.cancel(id, for: other) == nil)
        #expect(try await host.events(of: id, for: other).page(after: 0) == nil)
        #expect(try await host.run(id, for: owner)?.record.id == id)
        #expect(try await host.events(of: id, for: owner).page(after: 0)?.events.isEmpty == false)
        gate.open()
        _ = try await run.reply()
    }

    /// A client that is told which run holds its session may ask another worker for that run at once.
    @Test(arguments: 0..<3)
    func aRunThatHasOnlyJustBegunIsFoundElsewhere(_ question: Int) async throws {
        let gate = Gate()
        let (host, elsewhere) = (host(waiting(for: gate)), host(ScriptedModel(texts: [])))
        let run = try await host.start(request(), logger: logger)
        let id = run.request.runID
        switch question {
        case 0: #expect(try await elsewhere.run(id, for: .anyone)?.record.state == .running)
        case 1: #expect(try await elsewhere.events(of: id, for: .anyone).page(after: 0) != nil)
        default:
            #expect(try await elsewhere.cancel(id, for: .anyone) != nil)
            let error = await #expect(throws: RunError.self) { try await run.reply() }
            #expect(error?.code == .cancelled)
        }
        gate.open()
        await host.ended()
        #expect(try await elsewhere.cancel(RunID(), for: .anyone) == nil)
    }

    @Test func shutDownCancelsAllAndStartsNoOther() async throws {
        let host = host(waiting(for: Gate()))
        let one = try await host.start(request(of: 1), logger: logger)
        let other = try await host.start(request(of: 2), logger: logger)
        host.cancelAll()
        for run in [one, other] {
            let error = await #expect(throws: RunError.self) { try await run.reply() }
            #expect(error?.code == .draining)
        }
        await host.ended()
        #expect(await refusal(host, request(of: 3)) == .draining)
    }

    @Test func aRunThatTheStoreDroppedIsWaitedForAllTheSame() async throws {
        let gate = Gate()
        let host = host(waiting(for: gate))
        let run = try await host.start(request(), isStreamed: true, logger: logger)
        await run.log.begun()
        let (told, asked) = (Gate(), Gate())
        runs.holdNext(at: told) { asked.open() }
        runs.drop(run.request.runID)
        async let ended: Void = host.ended()
        try await asked.wait()
        told.open()
        // The store says now that there is no such run; the worker has every chance to believe it.
        for _ in 0..<1000 { await Task.yield() }
        #expect(host.find(run.request.runID, for: .anyone) != nil)
        gate.open()
        _ = try await run.reply()
        await ended
        #expect(host.find(run.request.runID, for: .anyone) == nil)
    }
}

import Logging
import TestSupport
import Testing

@testable import Agent

/// What a worker keeps between the turns of a session, and what it makes of it.
@Suite struct RunnerNearTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let cache = NearCache()
    private let session: SessionID

    init() throws { session = try #require(SessionID("s")) }

    private func runner(_ model: any ModelClient, _ store: any SessionStore, maxTokens: Int = 32_000) -> Runner {
        Runner(
            model: model,
            tools: ScriptedTools(),
            store: store,
            near: cache,
            settings: RunSettings(historyMaxTokens: maxTokens),
            codec: SummaryCodec()
        )
    }

    /// An admission to the newest version, without its bytes.
    private func unchanged() -> TurnAdmission {
        let lease = Lease(scope: .session(session), runID: RunID(), fence: 1)
        let meta = SessionMeta(turns: 1, createdAt: 1, updatedAt: 1)
        let stored = StoredSession(history: [], meta: meta, expiresIn: 600)
        return .begun(TurnBasis(lease: lease, stored: stored, isUnchanged: true, fingerprint: HistoryFingerprint("f")))
    }

    @Test func theClaimNamesWhatTheLastTurnLeft() async throws {
        let store = ScriptedStore()
        let runner = runner(ScriptedModel(texts: ["One", "Two"]), store)
        let first = try await runner.run(.example("Hi", session: "s"), logger: logger)
        let run = try #require(first.answer?.runID)
        _ = try await runner.run(.example("And?", session: "s"), logger: logger)
        #expect(store.known == [nil, HistoryVersion(storedBy: run)])
        #expect(cache.count == 1)
        #expect(cache.find(session, now: .now)?.version != HistoryVersion(storedBy: run))
        let kept = try #require(cache.find(session, now: .now)?.history)
        #expect(String(decoding: kept.stored, as: UTF8.self) == store.history(of: "s"))
    }

    @Test func aKnownHistoryIsContinuedAndOnlyItsEndIsSent() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel(texts: ["One", "Two"])
        let runner = runner(model, store)
        _ = try await runner.run(.example("Hi", session: "s"), logger: logger)
        store.admitNext(unchanged())
        _ = try await runner.run(.example("And?", session: "s"), logger: logger)
        #expect(model.requests.map(\.conversation.messages.count) == [1, 3])
        let records = store.records
        guard case .whole(let first)? = records[0].change?.history else {
            Issue.record("the first history is written whole")
            return
        }
        let (bytes, offset) = try #require(records[1].change?.history.written)
        #expect(offset == first.count - 1)
        let turn = #",{"role":"user","content":"And?"},{"role":"assistant","content":[{"type":"text","text":"Two"}]}]"#
        #expect(String(decoding: bytes, as: UTF8.self) == turn)
        #expect(store.history(of: "s") == String(decoding: first.dropLast(), as: UTF8.self) + turn)
    }

    @Test(arguments: [
        (#"[{"role":"user","content":"Old"},{"role":"assistant","content":"Yes"}]"#, true),
        (#"[ {"role":"user","content":"Old"} , {"role":"assistant","content":"Yes"} ]"#, true),
        ("[]", true), ("[ ]", true),
        // White space behind the bracket would be left over; what is repaired is not what is stored.
        (#"[{"role":"user","content":"Old"},{"role":"assistant","content":"Yes"}] "#, false),
        (#"[{"role":"user","content":""},{"role":"assistant","content":"Yes"}]"#, false),
        (#"[{"role":"user","content":"Old \ud800"},{"role":"assistant","content":"Yes"}]"#, false),
    ])
    func aForeignHistoryIsAppendedToWhereItCanBe(_ history: String, isAppended: Bool) async throws {
        let store = ScriptedStore(["s": history])
        _ = try await runner(ScriptedModel(texts: ["One"]), store).run(.example("Hi", session: "s"), logger: logger)
        let written = try #require(store.records.first?.change?.history.written)
        let offset = history.utf8.count - 1
        #expect(written.offset == (isAppended ? offset : nil))
        let stored = Array(try #require(store.history(of: "s")).utf8)
        #expect(try Conversation(stored: stored).messages.count >= 2)
        if isAppended { #expect(stored.starts(with: Array(history.utf8)[..<offset])) }
    }

    @Test func aHistoryThatIsCutIsWrittenWhole() async throws {
        let store = ScriptedStore()
        let runner = runner(ScriptedModel(texts: Array(repeating: "One", count: 8)), store, maxTokens: 3000)
        for _ in 0..<8 {
            _ = try await runner.run(.example(String(repeating: "x", count: 1000), session: "s"), logger: logger)
            let kept = try #require(cache.find(session, now: .now)?.history)
            #expect(String(decoding: kept.stored, as: UTF8.self) == store.history(of: "s"))
        }
        let offsets = store.records.map { $0.change?.history.written.offset }
        #expect(offsets.count { $0 == nil } > 1 && offsets.contains { $0 != nil })
    }

    @Test func whatGoesOnTopOfAnotherProgramsHistoryIsKept() async throws {
        let store = ScriptedStore()
        let foreign = #"[{"role":"user","content":"New"},{"role":"assistant","content":"Ok"}]"#
        store.judgeNext(.changed(history: Array(foreign.utf8), HistoryFingerprint("f2")))
        _ = try await runner(ScriptedModel(texts: ["One"]), store).run(.example("Hi", session: "s"), logger: logger)
        let kept = try #require(cache.find(session, now: .now)?.history)
        #expect(kept.messages.count == 4)
        #expect(String(decoding: kept.stored, as: UTF8.self) == store.history(of: "s"))
    }

    @Test func whatIsNotStoredIsNotKept() async throws {
        let store = ScriptedStore()
        let runner = runner(ScriptedModel(texts: ["One", "Two"]), store)
        store.judgeNext(.cleared)
        _ = try await runner.run(.example("Hi", session: "s"), logger: logger)
        #expect(cache.count == 0)
        store.judgeNext(.superseded)
        _ = try await runner.run(.example("Hi", session: "s"), logger: logger)
        #expect(cache.count == 0)
    }

    @Test func aClearOnThisWorkerForgetsWhatIsKept() async throws {
        let store = ScriptedStore()
        let near = NearSessionStore(store, cache: cache)
        let runner = runner(ScriptedModel(texts: ["One", "Two", "Three"]), near)
        _ = try await runner.run(.example("Hi", session: "s"), logger: logger)
        #expect(try await near.clear(session, for: .operator))
        #expect(cache.count == 0)
        for name in ["s", "t"] { _ = try await runner.run(.example("Hi", session: name), logger: logger) }
        #expect(cache.count == 2)
        _ = try await near.forget(RunRequest.example("Hi").principal)
        #expect(cache.count == 0 && cache.bytes == 0)
    }
}

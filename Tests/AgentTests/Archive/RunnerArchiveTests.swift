import Agent
import Logging
import TestSupport
import Testing

/// What a run leaves for the archive, and what it takes from there.
@Suite struct RunnerArchiveTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let kept = #"[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]"#

    private func runner(
        _ model: ScriptedModel,
        _ store: ScriptedStore,
        _ archive: ScriptedArchive?,
        _ tools: ScriptedTools = ScriptedTools()
    ) -> Runner {
        Runner(model: model, tools: tools, store: store, archive: archive, codec: SummaryCodec())
    }

    private func restoring(_ prompt: String, _ session: String) -> RunRequest {
        .example(prompt, session: session, restores: true)
    }

    @Test func aTurnIsArchivedWithItsOwnMessagesAndItsCalls() async throws {
        let store = ScriptedStore(["s": kept])
        let tools = ScriptedTools { call in
            guard call.name == "make" else { return .error("Not there") }
            return ToolResult(text: "{}", created: [.task(id: 7, ref: 3, subject: "T", story: nil)])
        }
        let model = ScriptedModel([
            { _ in
                .asking(for: ToolCall("a", "make", #"{"n":1}"#), ToolCall("b", "look"), ToolCall("c", "unknown"))
            },
            { _ in .saying("Done") },
        ])
        _ = try await runner(model, store, ScriptedArchive(), tools)
            .run(.example("Go", session: "s"), logger: logger)
        let entry = try #require(store.records.first?.archived)
        let json = try JSONValue(parsing: entry.encoded)
        #expect(json["session_id"] == "s")
        #expect(json["owner"] == "user:738718")
        let turn = try #require(json["turns"]?.arrayValue?.first)
        #expect(turn["model"] == "scripted")
        #expect(turn["summary"] == "Done")
        #expect(turn["steps"] == 2)
        #expect(turn["usage"]?["input_tokens"] == 20)
        #expect(turn["messages"]?.arrayValue?.map { $0["role"] } == ["user", "assistant", "user", "assistant"])
        #expect(turn["messages"]?.arrayValue?.first?["content"] == "Go")
        let calls = try #require(turn["tool_calls"]?.arrayValue)
        #expect(calls.map { $0["outcome"] } == ["ok", "error", "not_run"])
        #expect(calls.map { $0["access"] } == ["write", "read", "read"])
        #expect(calls.map { $0["duration_ms"]?.intValue != nil } == [true, true, false])
        #expect(calls[0]["arguments"] == ["n": 1])
        #expect(calls[0]["created"]?.arrayValue?.first?["id"] == 7)
        #expect(!String(decoding: entry.encoded, as: UTF8.self).contains("canary"))
    }

    @Test func withoutAnArchiveOrASessionNothingIsLeft() async throws {
        let store = ScriptedStore()
        _ = try await runner(ScriptedModel(texts: ["Hi"]), store, nil)
            .run(.example("Go", session: "s"), logger: logger)
        _ = try await runner(ScriptedModel(texts: ["Hi"]), store, ScriptedArchive())
            .run(.example("Go", key: "k"), logger: logger)
        #expect(store.records.count == 2)
        #expect(store.records.allSatisfy { $0.archived == nil })
    }

    @Test func aSessionThatTheStoreHasForgottenGoesOnFromTheArchive() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel(texts: ["Welcome back"])
        let runner = runner(model, store, ScriptedArchive(["s": (kept, 5)]))
        _ = try await runner.run(restoring("And?", "s"), logger: logger)
        #expect(model.requests.first?.conversation.messages.count == 3)
        let record = try #require(store.records.first)
        #expect(record.change?.turns == 6)
        #expect(try record.change.map { try Conversation(stored: $0.history.bytes).messages.count } == 4)
        // The archive has the rest already.
        let turns = try JSONValue(parsing: #require(record.archived).encoded)["turns"]?.arrayValue
        #expect(turns?.count == 1)
        #expect(turns?.first?["messages"]?.arrayValue?.count == 2)
    }

    @Test func whatTheStoreHasComesFirst() async throws {
        let store = ScriptedStore(["s": kept])
        let model = ScriptedModel(texts: ["Yes"])
        let archive = ScriptedArchive(["s": (#"[{"role":"user","content":"Old"}]"#, 9)])
        _ = try await runner(model, store, archive).run(restoring("And?", "s"), logger: logger)
        #expect(model.requests.first?.conversation.messages.count == 3)
        #expect(store.records.first?.change?.turns == 1)
    }

    @Test func whoDoesNotAskForItBeginsAnew() async throws {
        let model = ScriptedModel(texts: ["Hi"])
        _ = try await runner(model, ScriptedStore(), ScriptedArchive(["s": (kept, 5)]))
            .run(.example("Hello", session: "s"), logger: logger)
        #expect(model.requests.first?.conversation.messages.count == 1)
    }

    /// Begun without what was said before, the turn would answer something else than was asked.
    @Test func anArchiveThatIsDownFailsTheRunAndGivesTheLeaseBack() async throws {
        let store = ScriptedStore()
        let model = ScriptedModel(texts: ["Hi"])
        let down = ScriptedArchive(failure: StoreError(.unavailable, "down"))
        let error = await #expect(throws: RunError.self) {
            _ = try await runner(model, store, down).run(restoring("And?", "s"), logger: logger)
        }
        #expect(error?.code == .storeUnavailable)
        #expect(model.requests.isEmpty)
        #expect(store.abandoned.count == 1)
        #expect(store.records.isEmpty)
    }
}

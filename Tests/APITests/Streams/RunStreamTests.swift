import Agent
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import API

/// What `POST /agent/run` answers to who asks for events, and how the same events are read again.
@Suite(.timeLimit(.minutes(1))) struct RunStreamTests {
    private let asEvents: HTTPFields = [.accept: "text/event-stream"]

    /// Says a text in pieces, after an attempt that failed, and makes something.
    private var model: ScriptedModel {
        ScriptedModel([
            { request in
                request.progress(.text("I w"))
                request.progress(.restarted)
                request.progress(.text("I will "))
                request.progress(.text("make it."))
                return .asking(for: ToolCall("a", "make", #"{"subject":"Login"}"#), saying: "I will make it.")
            },
            { request in
                request.progress(.text("Made"))
                return .saying("Made")
            },
        ])
    }

    private let tools = ScriptedTools { _ in
        ToolResult(text: "{}", created: [.userStory(id: 5, ref: 50, subject: "Login")])
    }

    @Test func aRunIsToldFromItsStartToItsEnd() async throws {
        let runs = ScriptedRunStore()
        let response = try await withWorker(model: model, tools: tools, runs: runs) { [asEvents] client in
            try await client.run(runBody(), headers: asEvents)
        }
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "text/event-stream; charset=utf-8")
        #expect(response.headers[.cacheControl] == "no-cache")
        #expect(response.headers[.accelBuffering] == "no")
        #expect(response.headers[.idempotentReplayed] == nil)
        #expect(response.headers[.requestID]?.isEmpty == false)
        let events = response.events.events
        let runID = try #require(events.first?.json["run_id"]?.stringValue)
        #expect(events.map(\.id) == (1...9).map { "\($0)-0" })
        #expect(
            events.dropLast().map { ServerSentEvents.Event(id: nil, name: $0.name, data: $0.dataWithoutTimes) } == [
                .init(name: "run.started", data: #"{"run_id":"\#(runID)","session_id":"s1"}"#),
                .init(name: "text.delta", data: #"{"text":"I w"}"#), .init(name: "text.reset", data: "{}"),
                .init(name: "text.delta", data: #"{"text":"I will "}"#),
                .init(name: "text.delta", data: #"{"text":"make it."}"#),
                .init(name: "tool.started", data: #"{"arguments":{"subject":"Login"},"id":"a","name":"make"}"#),
                .init(name: "tool.finished", data: #"{"duration_ms":0,"id":"a","name":"make","ok":true}"#),
                .init(name: "text.delta", data: #"{"text":"Made"}"#),
            ]
        )
        let answer = try #require(events.last)
        #expect(answer.name == "run.finished")
        #expect(answer.json["run_id"]?.stringValue == runID && answer.json["summary"] == "Made")
        #expect(answer.json["created_artifacts"]?.arrayValue?.count == 1)
        #expect(answer.json["auth"] == nil)
    }

    @Test func aRunIsReadAgainFromEveryEventOn() async throws {
        let runs = ScriptedRunStore()
        let first = try await withWorker(model: model, tools: tools, runs: runs) { [asEvents] client in
            try await client.run(runBody(), headers: asEvents).events
        }
        let id = try #require(first.events.first?.json["run_id"]?.stringValue)
        // Another worker, over the same store.
        try await withWorker(runs: runs) { client in
            let all = try await client.events(of: id)
            #expect(all == first)
            // As good as none.
            #expect(try await client.events(of: id, after: "") == first)
            for count in 0..<first.events.count {
                #expect(try await client.events(of: id, after: "\(count)-0").events == Array(first.events[count...]))
            }
            let done = try await client.execute(
                uri: "/agent/runs/\(id)/events",
                method: .get,
                headers: [.lastEventID: "\(first.events.count)-0"]
            )
            #expect(done.status == .noContent && done.body.readableBytes == 0)
        }
    }

    @Test func aRunThatNobodyStreamedTellsItsEnd() async throws {
        let runs = ScriptedRunStore()
        try await withWorker(model: model, tools: tools, runs: runs) { client in
            let answer = try await client.run(runBody())
            let id = try #require(answer.json["run_id"]?.stringValue)
            let events = try await client.events(of: id).events
            #expect(events.map(\.name) == ["run.finished"])
            #expect(events.first?.data == String(buffer: answer.body))
        }
    }

    @Test func theTokensGoToWhoAskedForTheRunAndToNobodyElse() async throws {
        let taiga = ScriptedAuthenticator(["canary-token": 738_718], refreshing: true)
        let runs = ScriptedRunStore()
        let pair: JSONValue = ["auth_token": "new-token", "refresh": "new-refresh"]
        let failing = ScriptedModel([
            { _ in .saying("Done") }, { _ in throw ModelError(.refused, "test") },
        ])
        try await withWorker(model: failing, runs: runs, authenticator: taiga) { [asEvents] client in
            for name in ["run.finished", "run.failed"] {
                let own = try await client.run(runBody(), headers: asEvents).events.events
                #expect(own.map(\.name) == ["run.started", name])
                #expect(own.last?.id == "2-0" && own.last?.json["auth"] == pair)
                let id = try #require(own.first?.json["run_id"]?.stringValue)
                let bearer: HTTPFields = [.authorization: "Bearer canary-token"]
                let others = try await client.execute(uri: "/agent/runs/\(id)/events", method: .get, headers: bearer)
                #expect(others.events.names == own.map(\.name))
                let shown = try await client.execute(uri: "/agent/runs/\(id)", method: .get, headers: bearer)
                for response in [others, shown] { #expect(!String(buffer: response.body).contains("new-")) }
            }
        }
    }

    @Test func whatFailsBeforeTheRunBeginsIsAPlainProblem() async throws {
        let store = ScriptedStore()
        let runs = ScriptedRunStore()
        try await withWorker(store: store, runs: runs) { [asEvents] client in
            store.failNext(StoreError(.unavailable, "test"))
            let down = try await client.run(runBody(), headers: asEvents)
            #expect(down.problem(.serviceUnavailable) == "store-unavailable")
            store.admitNext(.busy(runID: "run_x"))
            let busy = try await client.run(runBody(), headers: asEvents)
            #expect(busy.problem(.conflict) == "session-busy")
            #expect(busy.json["run_id"] == "run_x")
            let wrong = try await client.run("{}", headers: asEvents)
            #expect(wrong.problem(.unprocessableContent) == "invalid")
        }
        #expect(runs.records.isEmpty)
    }

    @Test func whatFailsAfterwardsIsTheLastEvent() async throws {
        let model = ScriptedModel([{ _ in throw ModelError(.overloaded, "internal words") }])
        let response = try await withWorker(model: model) { [asEvents] client in
            try await client.run(runBody(), headers: asEvents)
        }
        #expect(response.status == .ok)
        #expect(response.events.names == ["run.started", "run.failed"])
        let problem = response.events.events.last?.json
        #expect(problem?["type"] == "/problems/model-overloaded" && problem?["status"] == 503)
        #expect(problem?["instance"]?.stringValue == response.headers[.requestID])
    }

    @Test func anAnswerThatWasGivenBeforeIsToldWithoutIDs() async throws {
        let headers: HTTPFields = [.accept: "text/event-stream", .idempotencyKey: "k"]
        let (runs, store) = (ScriptedRunStore(), ScriptedStore())
        let answer = try await withWorker(store: store, runs: runs) { try await $0.run(runBody(), headers: headers) }
        let given = try #require(answer.events.events.last)
        store.admitNext(.replayed(answer: Array(given.data.utf8)))
        let replay = try await withWorker(store: store, runs: runs) { try await $0.run(runBody(), headers: headers) }
        #expect(replay.headers[.idempotentReplayed] == "true")
        #expect(replay.headers[.contentType] == "text/event-stream; charset=utf-8")
        #expect(replay.events.events.map(\.id) == [nil, nil])
        #expect(replay.events.events.map(\.data) == answer.events.events.map(\.data))
        #expect(runs.records.filter(\.state.isEnd).count == 1)
    }

    @Test func aSessionThatIsClearedMeanwhileIsToldToWhoAskedAlone() async throws {
        let store = ScriptedStore()
        let runs = ScriptedRunStore()
        let model = ScriptedModel([
            { _ in .asking(for: ToolCall("a", "make")) },
            { _ in
                store.leaseEnd.open()
                try await Gate().wait()
                return .saying("never")
            },
        ])
        try await withWorker(model: model, store: store, runs: runs) { [asEvents] client in
            let events = try await client.run(runBody(), headers: asEvents).events.events
            #expect(events.last?.name == "run.finished" && events.last?.json["stopped_by"] == "cleared")
            #expect(events.compactMap(\.number) == Array(1...events.count))
            let id = try #require(events.first?.json["run_id"]?.stringValue)
            let gone = try await client.execute(uri: "/agent/runs/\(id)/events", method: .get)
            #expect(gone.problem(.notFound) == "not-found")
        }
    }

    @Test func aFullWorkerRefusesBeforeAnythingIsSpent() async throws {
        let (gate, asked, store) = (Gate(), Gate(), ScriptedStore())
        let taiga = ScriptedAuthenticator(["canary-token": 738_718])
        let model = ScriptedModel([
            { _ in .saying("First") },
            { _ in
                asked.open()
                try await gate.wait()
                return .saying("Done")
            },
        ])
        let runner = Runner(model: model, tools: ScriptedTools(), store: store, codec: WireCodec())
        let host = RunHost(runner: runner, store: ScriptedRunStore(), limits: RunLimits(inFlight: 1))
        try await withWorker(hosting: host, store: store, authenticator: taiga) { [asEvents] client in
            let keyed: HTTPFields = [.idempotencyKey: "k"]
            let first = try await client.run(runBody(), headers: keyed)
            async let long = client.run(runBody(), headers: asEvents)
            try await asked.wait()
            let (lookups, claims) = (taiga.asked, store.claims.count)
            let refused = try await client.run(runBody(), headers: asEvents)
            #expect(refused.problem(.tooManyRequests) == "overloaded")
            #expect(refused.headers[.retryAfter] == "1")
            #expect(taiga.asked == lookups)
            let replay = try await client.run(runBody(), headers: keyed)
            #expect(replay.headers[.idempotentReplayed] == "true" && replay.body == first.body)
            let other = try await client.run(runBody(), headers: [.idempotencyKey: "other"])
            #expect(other.problem(.tooManyRequests) == "overloaded")
            #expect(store.claims.count == claims)
            gate.open()
            #expect(try await long.events.names.last == "run.finished")
        }
    }
}

extension TestClientProtocol {
    /// The events of a run behind the one with this id.
    func events(of run: String, after id: String? = nil) async throws -> ServerSentEvents {
        var headers: HTTPFields = [:]
        headers[.lastEventID] = id
        let response = try await execute(uri: "/agent/runs/\(run)/events", method: .get, headers: headers)
        #expect(response.status == .ok)
        return response.events
    }
}

extension ServerSentEvents.Event {
    init(name: String, data: String) { self.init(id: nil, name: name, data: data) }

    fileprivate var dataWithoutTimes: String {
        data.replacing(/"duration_ms":\d+/, with: #""duration_ms":0"#)
    }
}

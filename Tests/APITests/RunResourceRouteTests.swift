import Agent
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import API

/// Runs as resources: looked at and cancelled, on their own worker and on any other.
@Suite(.timeLimit(.minutes(1))) struct RunResourceRouteTests {
    private let runs = ScriptedRunStore()

    private func host(_ model: ScriptedModel, limits: RunLimits = RunLimits()) -> RunHost {
        let runner = Runner(model: model, tools: ScriptedTools(), store: ScriptedStore(), codec: WireCodec())
        return RunHost(runner: runner, store: runs, limits: limits)
    }

    /// A run that goes on until it is cancelled.
    private func hanging(on host: RunHost) async throws -> HostedRun {
        let run = try await host.start(.example("Hi", session: "s"), isStreamed: true, logger: .silent)
        await run.log.begun()
        return run
    }

    private let hangs = ScriptedModel([
        { _ in
            try await Gate().wait()
            return .saying("never")
        }
    ])

    @Test func aRunIsShownByAnyWorkerAsItIsAnswered() async throws {
        let host = host(
            ScriptedModel([{ _ in .asking(for: ToolCall("a", "make")) }, { _ in .saying("Made") }])
        )
        let run = try await host.start(.example("Hi", session: "s"), logger: .silent)
        let answer = try await run.reply()
        await host.ended()
        let response = try await withWorker(runs: runs) { try await $0.show(run.request.runID) }
        let record = run.log.record
        #expect(response.status == .ok && response.headers[.contentType] == "application/json")
        #expect(
            response.json == [
                "run_id": .string(run.request.runID.text), "session_id": "s", "state": "finished",
                "created_at": .int(record.createdAt / 1000), "started_at": .int((record.startedAt ?? 0) / 1000),
                "ended_at": .int((record.endedAt ?? 0) / 1000),
                "budgets": ["steps": 2, "tool_calls": 1, "write_calls": 1],
                "answer": try JSONValue(parsing: answer.bytes), "problem": .null,
            ]
        )
        #expect(String(buffer: response.body).contains(String(decoding: answer.bytes, as: UTF8.self)))
    }

    @Test func aRunThatLivesIsShownToo() async throws {
        let host = host(hangs)
        let run = try await hanging(on: host)
        for other in [host, self.host(ScriptedModel([]))] {
            let response = try await withWorker(hosting: other) { try await $0.show(run.request.runID) }
            #expect(response.json["state"] == "running")
            #expect(response.json["ended_at"] == .null && response.json["answer"] == .null)
        }
        run.cancel(because: .wish)
        await host.ended()
        let response = try await withWorker(runs: runs) { try await $0.show(run.request.runID) }
        #expect(response.json["state"] == "cancelled" && response.json["answer"] == .null)
        #expect(response.json["problem"]?["type"] == "/problems/cancelled")
    }

    @Test func aRunOfADeadWorkerHasFailed() async throws {
        let host = host(hangs)
        let run = try await hanging(on: host)
        runs.lose(run.request.runID)
        try await withWorker(runs: runs) { client in
            let response = try await client.show(run.request.runID)
            #expect(response.json["state"] == "failed")
            #expect(response.json["problem"]?["type"] == "/problems/worker-lost")
            let events = try await client.events(of: run.request.runID.text)
            #expect(events.names == ["run.started", "run.failed"])
            #expect(events.events.last?.id == nil)
            #expect(events.events.last?.json["type"] == "/problems/worker-lost")
        }
        run.cancel(because: .wish)
        await host.ended()
    }

    @Test func anyWorkerCancels() async throws {
        let host = host(hangs)
        let run = try await hanging(on: host)
        try await withWorker(runs: runs) { client in
            let cancelled = try await client.cancel(run.request.runID)
            #expect(cancelled.status == .accepted)
            #expect(cancelled.json == ["run_id": .string(run.request.runID.text), "state": "running"])
            await host.ended()
            let again = try await client.cancel(run.request.runID)
            #expect(again.status == .ok && again.json["state"] == "cancelled")
        }
    }

    @Test func itsOwnWorkerCancels() async throws {
        let host = host(hangs)
        let run = try await hanging(on: host)
        try await withWorker(hosting: host) { client in
            let response = try await client.cancel(run.request.runID)
            #expect(response.status == .accepted)
            let events = try await client.events(of: run.request.runID.text)
            #expect(events.names == ["run.started", "run.failed"])
            #expect(events.events.last?.json["type"] == "/problems/cancelled")
        }
    }

    @Test(arguments: [
        "run_1", "run_", "x", "run_0123456789abcdef0123456789abcdeg", "RUN_0123456789abcdef0123456789abcdef",
    ])
    func whatIsNoRunIsNotFound(_ id: String) async throws {
        try await withWorker(runs: runs) { client in
            for (path, method) in [("", HTTPRequest.Method.get), ("/events", .get), ("/cancel", .post)] {
                let response = try await client.execute(uri: "/agent/runs/\(id)\(path)", method: method)
                #expect(response.problem(.notFound) == "not-found")
            }
        }
    }

    @Test func someoneElsesRunIsNotFound() async throws {
        let host = host(hangs)
        let run = try await hanging(on: host)
        let id = run.request.runID
        let taiga = ScriptedAuthenticator(["canary-token": 738_718, "another": 2])
        for other in [host, self.host(ScriptedModel([]))] {
            try await withWorker(hosting: other, authenticator: taiga) { client in
                for (path, method) in [("", HTTPRequest.Method.get), ("/events", .get), ("/cancel", .post)] {
                    let uri = "/agent/runs/\(id)\(path)"
                    let open = try await client.execute(uri: uri, method: method)
                    #expect(open.problem(.unauthorized) == "unauthorized")
                    let headers: HTTPFields = [.authorization: "Bearer another"]
                    let foreign = try await client.execute(uri: uri, method: method, headers: headers)
                    #expect(foreign.problem(.notFound) == "not-found")
                }
                let own = try await client.execute(
                    uri: "/agent/runs/\(id)",
                    method: .get,
                    headers: [.authorization: "Bearer canary-token"]
                )
                #expect(own.status == .ok)
            }
        }
        #expect(!run.log.record.state.isEnd)
        run.cancel(because: .wish)
        await host.ended()
    }

    @Test(arguments: ["7", "7-1", "seven-0", "-1-0"])
    func anIDThatWasNeverGivenIsInvalid(_ id: String) async throws {
        let response = try await withWorker(runs: runs) { client in
            try await client.execute(
                uri: "/agent/runs/\(RunID())/events",
                method: .get,
                headers: [.lastEventID: id]
            )
        }
        #expect(response.problem(.unprocessableContent) == "invalid")
        #expect(response.json["errors"]?.arrayValue?.first?["field"] == "Last-Event-ID")
    }

    @Test func aStoreThatIsAwayIsAProblem() async throws {
        try await withWorker(runs: runs) { [runs] client in
            for (path, method) in [("", HTTPRequest.Method.get), ("/events", .get), ("/cancel", .post)] {
                runs.failNext(StoreError(.unavailable, "secret"))
                let response = try await client.execute(uri: "/agent/runs/\(RunID())\(path)", method: method)
                #expect(response.problem(.serviceUnavailable) == "store-unavailable")
            }
        }
    }
}

extension TestClientProtocol {
    fileprivate func show(_ run: RunID) async throws -> TestResponse {
        try await execute(uri: "/agent/runs/\(run)", method: .get)
    }

    fileprivate func cancel(_ run: RunID) async throws -> TestResponse {
        try await execute(uri: "/agent/runs/\(run)/cancel", method: .post)
    }
}

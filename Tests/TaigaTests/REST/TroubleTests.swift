import Agent
import TestSupport
import Testing

@testable import Taiga

@Suite(.timeLimit(.minutes(1))) struct TroubleTests {
    private let look = ToolCall("taiga_list_user_stories")

    /// What a read says when everything is answered so.
    private func answer(
        to reply: TaigaServer.Reply,
        _ configure: (inout TaigaSettings) -> Void = { _ in }
    ) async throws -> (text: String, pauses: [Duration], requests: Int) {
        try await withTaiga(.demo(), configure) { stage in
            stage.server.fail { _ in .answer(reply) }
            let result = await stage.tools.call(.next(look), in: stage.run())
            #expect(result.isError && !result.isUnauthorized)
            return (result.text, stage.pauses.all, stage.server.requests.count)
        }
    }

    @Test("A server that does not speak the API is told as such")
    func noAPI() async throws {
        let html = Array("<html>".utf8)
        let page = try await answer(to: TaigaServer.Reply(200, "text/html", html))
        #expect(page.text == "Taiga's answer is no JSON.")
        #expect(try await answer(to: .noSuchPath).text.contains("no Taiga API"))
        #expect(try await answer(to: .json(200, [])).text.contains("cannot be understood"))
        #expect(try await answer(to: .json(200, ["id": 1])).text.contains("name is no string"))
        #expect(try await answer(to: .failed).text == "Taiga failed with status 500.")
        #expect(try await answer(to: TaigaServer.Reply(502, "text/html", html)).requests == 2)
        let large = TaigaServer.Reply(200, "application/json", Array(repeating: 0x20, count: 300_000))
        #expect(try await answer(to: large) { $0.maxAnswerBytes = 100_000 }.text == "Taiga's answer is too large.")
    }

    @Test("A short throttle is waited for, a long one told; a blocked project is told")
    func throttles() async throws {
        let short = try await answer(to: .throttled(2))
        #expect(short.pauses == [.seconds(2)] && short.requests == 2)
        let long = try await answer(to: .throttled(60))
        #expect(long.pauses == [] && long.requests == 1 && long.text.contains("in 60 seconds"))
        try await withTaiga { stage in
            stage.server.change { $0.projects[0].isBlocked = true }
            let text = try await stage.tools.refusal("taiga_create_task", ["subject": "x"], in: stage.run())
            #expect(text.contains("blocked"))
            stage.server.change { $0.projects[0].isBlocked = false }
            let calls = EventCount()
            stage.server.fail { request in
                guard request.method == "POST" else { return nil }
                calls.add()
                return calls.count == 1 ? .answer(.throttled(1)) : nil
            }
            let made = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "x"])), in: stage.run())
            #expect(made.created.count == 1 && stage.server.world.tasks.count == 1)
        }
    }

    @Test("A redirect is not followed, least of all with the token")
    func redirects() async throws {
        try await withTaiga { elsewhere in
            var reply = TaigaServer.Reply(302, "text/html", [])
            reply.headers.append(("Location", elsewhere.server.url + "/api/v1/projects/1729875"))
            let answer = try await answer(to: reply)
            #expect(answer.text.contains("redirects are not followed"))
            #expect(elsewhere.server.requests.isEmpty)
        }
    }

    @Test("A Taiga that is slow, or not there, costs a time-out and no more")
    func slow() async throws {
        let gate = EventCount()
        try await withTaiga {
            $0.requestTimeout = .milliseconds(200)
        } _: { stage in
            stage.server.fail { _ in .holdBefore(gate) }
            let start = ContinuousClock.now
            let result = await stage.tools.call(.next(look), in: stage.run())
            #expect(result.isError && result.text == "Taiga did not answer in time.")
            #expect(ContinuousClock.now - start < .seconds(5))
            gate.add()
        }
        let address = try await TaigaServer.serving { $0.url }
        guard let settings = TaigaSettings(url: address) else { throw Unexpected(text: address) }
        try await withTaiga { stage in
            let gone = TaigaConnection(settings, web: stage.web, logger: .quiet).tools
            let call = ToolCall("taiga_create_task", ["subject": "x"])
            let result = await gone.call(.next(call), in: stage.run())
            #expect(
                result.isError && result.text == "Taiga cannot be reached." && result.warnings == []
            )
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    /// Cancels a call when the request that `isHeld` picks has arrived; what the call says then.
    private func cancel(
        _ call: ToolCall,
        at isHeld: @escaping @Sendable (TaigaServer.Request) -> Bool,
        cutting: @escaping @Sendable (TaigaServer.Request) -> Bool = { _ in false }
    ) async throws -> ToolResult {
        let (gate, held) = (EventCount(), EventCount())
        var world = TaigaWorld.demo()
        world.add(.story, "P", to: 1_729_875, milestone: sprint)
        return try await withTaiga(world) { stage in
            let run = stage.run()
            stage.server.fail { request in
                if cutting(request) { return .cutAfter }
                guard isHeld(request) else { return nil }
                held.add()
                return .holdAfter(gate)
            }
            defer { gate.add() }
            let result = await withTaskGroup(of: ToolResult.self) { group in
                group.addTask { await stage.tools.call(.next(call), in: run) }
                await held.wait()
                group.cancelAll()
                return await group.next() ?? .unfinished
            }
            return result
        }
    }

    @Test("A call that is cancelled ends at once, wherever it is")
    func eachAwait() async throws {
        let create = ToolCall("taiga_create_task", ["subject": "x", "user_story_ref": 1])
        let update = ToolCall("taiga_update_user_story", ["ref": 1, "subject": "x"])
        let places: [(ToolCall, @Sendable (TaigaServer.Request) -> Bool)] = [
            (create, { $0.path == "/projects/1729875" }), (create, { $0.path == "/userstories/by_ref" }),
            (create, { $0.method == "POST" }), (update, { $0.method == "PATCH" }),
        ]
        for (call, place) in places { #expect(try await cancel(call, at: place).isUnfinished) }
        let lookups: [@Sendable (TaigaServer.Request) -> Bool] = [
            { $0.path == "/users/me" }, { $0.method == "GET" && $0.path == "/tasks" },
        ]
        for place in lookups {
            #expect(try await cancel(create, at: place) { $0.method == "POST" }.isUnfinished)
        }
        // By then it is known that the task is there.
        let late = try await cancel(create, at: { $0.method == "GET" && $0.path.hasPrefix("/tasks/") }) {
            $0.method == "POST"
        }
        #expect(!late.isError && late.created.count == 1)
    }

    @Test("Several tasks of which some were made are told, also when the call is cancelled")
    func severalTasks() async throws {
        let call = ToolCall("taiga_create_tasks", ["subjects": ["A", "B", "C"]])
        let result = try await cancel(call, at: { $0.method == "POST" && $0.json?["subject"] == "B" })
        #expect(!result.isUnfinished && result.isError && result.created.count == 1)
        #expect(result.json["not_tried"] == ["C"] && result.warnings == ["Outcome of taiga_create_tasks unknown"])
    }
}

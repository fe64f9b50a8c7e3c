import Agent
import MCP
import TestSupport
import Testing

/// What the legacy era keeps between requests, over HTTP.
@Suite struct LegacySessionTests {
    @Test func aSessionIsNamedUsedAndEnded() async throws {
        try await FakeServer.serving(FakeServer.legacy()) { server in
            let result = try await withTools([server.address], .impatient) { await $0.call("write") }
            #expect(result.text == "ok")
            #expect(
                server.requests.map(\.method) == [
                    "server/discover", "initialize", "notifications/initialized", "tools/list", "tools/call", "DELETE",
                ]
            )
            for request in server.requests.dropFirst(2) {
                #expect(request.headers["mcp-session-id"] == "session-1")
                #expect(request.headers["mcp-protocol-version"] == "2025-11-25")
            }
            #expect(server.requests[1].headers["mcp-protocol-version"] == nil)
        }
    }

    @Test(arguments: [404, 400]) func aLostSessionIsOpenedAnewOnce(status: Int) async throws {
        let script = FakeServer.legacy { request, _ in
            guard request.headers["mcp-session-id"] == "session-1" else { return try await request.text("ok") }
            try await request.error(-32000, status: status)
        }
        try await FakeServer.serving(script) { server in
            let result = try await withTools([server.address], .impatient) { await $0.call("write") }
            #expect(result.text == "ok")
            #expect(server.count(of: "initialize") == 2)
            #expect(server.count(of: "tools/call") == 2)
            // What is known of the era is not asked again.
            #expect(server.count(of: "server/discover") == 1)
        }
    }

    @Test func aSessionThatIsAlwaysLostIsGivenUp() async throws {
        let script = FakeServer.legacy { request, _ in try await request.answer(status: 404, "") }
        try await FakeServer.serving(script) { server in
            let result = try await withTools([server.address], .impatient) { await $0.call("write") }
            #expect(result.isError)
            #expect(server.count(of: "initialize") == 2)
        }
    }

    @Test func manyCallersOpenOneSession() async throws {
        try await FakeServer.serving(FakeServer.legacy()) { server in
            try await withTools([server.address], .impatient) { tools in
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<50 { group.addTask { _ = await tools.call("read") } }
                }
            }
            #expect(server.count(of: "initialize") == 1)
            #expect(server.count(of: "tools/list") == 1)
            #expect(server.count(of: "tools/call") == 50)
        }
    }

    @Test func cancellingIsSaid() async throws {
        let script = FakeServer.legacy { request, _ in await request.closed() }
        try await FakeServer.serving(script) { server in
            try await withTools([server.address]) { tools in
                let result = await withTaskGroup(of: ToolResult.self) { group in
                    group.addTask { await tools.call("write") }
                    await server.wait(for: "tools/call")
                    group.cancelAll()
                    return await group.next()
                }
                #expect(result == .unfinished)
                await server.wait(for: "notifications/cancelled")
            }
            let call = server.requests.first { $0.method == "tools/call" }
            let notice = server.requests.first { $0.method == "notifications/cancelled" }
            #expect(notice?.message["params"]?["requestId"] == call?.id)
            #expect(notice?.headers["mcp-session-id"] == "session-1")
        }
    }

    @Test func theModernEraIsToldByTheEndOfTheStream() async throws {
        let closed = EventCount()
        let script = FakeServer.modern { request, _ in
            await request.closed()
            closed.add()
        }
        try await FakeServer.serving(script) { server in
            try await withTools([server.address]) { tools in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await tools.call("write") }
                    await server.wait(for: "tools/call")
                    group.cancelAll()
                }
                await closed.wait()
            }
            #expect(server.requests.map(\.method) == ["server/discover", "tools/list", "tools/call"])
        }
    }

    @Test func questionsAreAnsweredWhileACallWaits() async throws {
        let script = FakeServer.legacy { request, server in
            try await request.stream(
                #"data: {"jsonrpc":"2.0","id":"p","method":"ping"}"# + "\n\n"
                    + #"data: {"jsonrpc":"2.0","id":9,"method":"sampling/createMessage","params":{}}"# + "\n\n"
            )
            await server.wait(for: "answer", count: 2)
            try await request.raw(request.resultEvent("thanks"))
        }
        try await FakeServer.serving(script) { server in
            let result = try await withTools([server.address], .impatient) { await $0.call("read") }
            #expect(result.text == "thanks")
            let answers = server.requests.filter { $0.method == "answer" }.map(\.message)
            #expect(answers.first == ["jsonrpc": "2.0", "id": "p", "result": [:]])
            #expect(answers.last?["error"]?["code"] == -32601)
        }
    }

    @Test func aStreamThatBreaksOffIsTakenUpAgain() async throws {
        let script = FakeServer.legacy { request, server in
            if request.verb == "POST" {
                try await request.stream("retry: 10\nid: e1\ndata:\n\n")
                try request.hangUp()
            } else {
                let call = server.requests.first { $0.method == "tools/call" }
                try await request.stream(call?.resultEvent("late") ?? "")
                try request.hangUp()
            }
        }
        try await FakeServer.serving(script) { server in
            let result = try await withTools([server.address], .impatient) { await $0.call("write") }
            #expect(result.text == "late")
            #expect(server.count(of: "tools/call") == 1)
            #expect(server.requests.first { $0.verb == "GET" }?.headers["last-event-id"] == "e1")
        }
    }

    @Test func aChangedListIsReadAgain() async throws {
        let change = EventCount()
        let opened = EventCount()
        let script = FakeServer.legacy(capabilities: ["tools": ["listChanged": true]]) { request, _ in
            guard request.verb == "GET" else { return try await request.text("ok") }
            try await request.stream()
            opened.add()
            await change.wait()
            try await request.raw(#"data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"# + "\n\n")
            await request.closed()
        }
        try await FakeServer.serving(script) { server in
            try await withTools([server.address]) { tools in
                for _ in 0..<3 { _ = await tools.names() }
                #expect(server.count(of: "tools/list") == 1)
                await opened.wait()
                change.add()
                // The word of it takes its own way; the calls between are what it races with.
                for _ in 0..<1000 where server.count(of: "tools/list") == 1 { _ = await tools.call("read") }
                #expect(server.count(of: "tools/list") == 2)
            }
        }
    }
}

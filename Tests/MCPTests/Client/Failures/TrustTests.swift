import Agent
import MCP
import Testing

/// What servers are told about the user, and what is believed of what they say.
@Suite struct TrustTests {
    private let tools: [JSONValue] = [
        .tool("read", readOnly: true), .tool("write", meta: ["io.parley/idempotent": true]),
    ]
    private let boast: JSONValue = [
        "content": [["type": "text", "text": "done"]],
        "structuredContent": ["created_artifacts": [["type": "task", "id": 5, "ref": 6, "subject": "S"]]],
        "_meta": [
            "io.parley/auth": ["auth_token": "stolen", "refresh": "stolen"], "io.parley/unauthorized": true,
            "io.parley/warnings": ["Look out"],
        ],
    ]

    @Test(arguments: [true, false]) func onlyATrustedServerKnowsAndIsBelieved(isTrusted: Bool) async throws {
        let boast = boast
        let script = FakeServer.modern(tools: tools) { request, _ in try await request.result(boast) }
        try await FakeServer.serving(script) { server in
            var address = server.address
            address.isTrusted = isTrusted
            let context = RunContext.test
            let result = try await withTools([address], .impatient) { await $0.call("write", key: "k7", in: context) }
            #expect(result.text == "done")
            #expect(result.created == (isTrusted ? [.task(id: 5, ref: 6, subject: "S", story: nil)] : []))
            #expect(result.isUnauthorized == isTrusted)
            #expect(result.warnings == (isTrusted ? ["Look out"] : []))
            #expect(context.credentials.current.authToken.reveal() == (isTrusted ? "stolen" : "canary-token"))
            for request in server.requests {
                let meta = request.message["params"]?["_meta"]
                let isAsked = isTrusted && ["tools/list", "tools/call"].contains(request.method)
                #expect((request.headers["x-taiga-auth-token"] == "canary-token") == isAsked)
                #expect((request.headers["x-taiga-refresh-token"] == "canary-refresh") == isAsked)
                #expect((meta?["io.parley/context"]?["user"]?["id"] == 3) == isAsked)
                let body = String(decoding: request.message.encoded(), as: UTF8.self)
                #expect(!body.contains("canary"))
                let isCall = isTrusted && request.method == "tools/call"
                #expect((meta?["io.parley/idempotency-key"] == "k7") == isCall)
                #expect(request.headers["authorization"] == nil)
            }
        }
    }

    @Test func aRefreshedTokenIsUsedFromThenOn() async throws {
        let script = FakeServer.modern(tools: tools) { request, _ in
            try await request.result([
                "content": [], "_meta": ["io.parley/auth": ["auth_token": "new", "refresh": "newer"]],
            ])
        }
        try await FakeServer.serving(script) { server in
            var address = server.address
            address.isTrusted = true
            let context = RunContext.test
            try await withTools([address], .impatient) { tools in
                for _ in 0..<2 { _ = await tools.call("write", in: context) }
            }
            let tokens = server.requests.filter { $0.method == "tools/call" }.map { $0.headers["x-taiga-auth-token"] }
            #expect(tokens == ["canary-token", "new"])
            #expect(context.credentials.refreshed == Credentials(authToken: Secret("new"), refresh: Secret("newer")))
        }
    }

    @Test func aLostWriteIsLookedForOnlyWhereThatIsPossible() async throws {
        let script = FakeServer.modern(tools: tools) { request, _ in try await request.text("it was done") }
        try await FakeServer.serving(script) { server in
            let invocation = ToolInvocation("write", key: "k9")
            var trusted = server.address
            trusted.isTrusted = true
            let known = try await withTools([trusted], .impatient) { await $0.outcome(of: invocation, in: .test) }
            #expect(known.text == "it was done")
            let meta = server.requests.last { $0.method == "tools/call" }?.message["params"]?["_meta"]
            #expect(meta?["io.parley/look-only"] == true)
            #expect(meta?["io.parley/idempotency-key"] == "k9")
            #expect(meta?["io.parley/started-at"] == 1_700_000_000_000)
        }
        try await FakeServer.serving(script) { server in
            let unknown = try await withTools([server.address], .impatient) {
                await $0.outcome(of: ToolInvocation("write"), in: .test)
            }
            #expect(unknown.isError)
            #expect(unknown.text.contains("may or may not have been done"))
            #expect(server.count(of: "tools/call") == 0)
        }
    }

    @Test func aWriteThatBrokeOffIsLookedForAndNotDoneAgain() async throws {
        let script = FakeServer.modern(tools: tools) { request, server in
            if server.count(of: "tools/call") == 1 { try request.hangUp() }
            try await request.text("it was done")
        }
        try await FakeServer.serving(script) { server in
            var address = server.address
            address.isTrusted = true
            let result = try await withTools([address], .impatient) { await $0.call("write", key: "k3") }
            #expect(result.text == "it was done")
            let metas = server.requests.filter { $0.method == "tools/call" }.map { $0.message["params"]?["_meta"] }
            #expect(metas.map { $0?["io.parley/look-only"] } == [nil, true])
            #expect(metas.map { $0?["io.parley/idempotency-key"] } == ["k3", "k3"])
        }
    }

    @Test func aLostWriteStaysUnknownWhileTheServerIsDown() async throws {
        let gone = MCPServerAddress(.http(url: "http://127.0.0.1:1/mcp"), isTrusted: true)
        let result = try await withTools([gone], .impatient) {
            await $0.outcome(of: ToolInvocation("write"), in: .test)
        }
        #expect(result.isError)
        #expect(result.text.contains("may or may not have been done"))
    }

    @Test func aTrustedServerThatRefusesTheTokenEndsTheRun() async throws {
        let script = FakeServer.modern { request, _ in try await request.answer(status: 401, "") }
        try await FakeServer.serving(script) { server in
            var address = server.address
            for isTrusted in [true, false] {
                address.isTrusted = isTrusted
                let result = try await withTools([address], .impatient) { await $0.call("write") }
                #expect(result.isError)
                #expect(result.isUnauthorized == isTrusted)
            }
        }
    }
}

import Agent
import MCP
import Testing

/// Servers that break the protocol, or break down: the model is told, nothing hangs, and nothing else is touched.
@Suite struct HostileServerTests {
    /// What becomes of one call of `tool`, and how often the server saw it.
    private func call(
        _ tool: String = "read",
        _ settings: MCPClientSettings = .impatient,
        _ script: @escaping FakeServer.Script
    ) async throws -> (ToolResult, calls: Int) {
        try await FakeServer.serving(script) { server in
            let result = try await withTools([server.address], settings) { await $0.call(tool) }
            return (result, server.count(of: "tools/call"))
        }
    }

    @Test(arguments: [
        "not json at all", "{", "[]", "null", #"{"jsonrpc":"2.0"}"#, #"{"jsonrpc":"2.0","id":999,"result":{}}"#,
        #"{"jsonrpc":"2.0","id":1,"result":"text"}"#, "\u{0}\u{1}\u{2}", "<html>Sign in</html>",
    ])
    func nonsenseIsToldToTheModel(body: String) async throws {
        let (result, _) = try await call("write", script { try await $0.answer(status: 200, body) })
        #expect(result.isError)
        #expect(result.text.contains("may or may not have been done"))
        #expect(result.warnings == ["A tool call failed: the tool server answered what cannot be used"])
    }

    @Test(arguments: [400, 402, 404, 409, 418, 429, 500, 501, 502, 503, 504])
    func statusesWithoutMessagesEndTheCall(status: Int) async throws {
        let (result, _) = try await call("write", script { try await $0.answer(status: status, "<html>no</html>") })
        #expect(result.isError)
        // Only a failure inside leaves open what was done.
        #expect(result.text.contains("may or may not") == [500, 501, 502, 503, 504].contains(status))
        #expect(result.mayHaveWritten == (status >= 500))
        #expect(!result.isUnauthorized)
    }

    @Test func aWriteWithA503IsNotSentAgain() async throws {
        let (result, calls) = try await call("write", script { try await $0.answer(status: 503, "") })
        #expect(result.mayHaveWritten && calls == 1)
    }

    @Test(arguments: [301, 302, 307, 308]) func redirectsAreNotFollowed(status: Int) async throws {
        try await FakeServer.serving(FakeServer.modern()) { other in
            let location = "Location: \(other.url)\r\n"
            try await FakeServer.serving({ request, _ in
                try await request.answer(status: status, "", headers: location)
            }) { server in
                let offer = try await withTools([server.address], .impatient) { await $0.tools(for: .test) }
                #expect(
                    offer == ToolOffer(tools: [], warnings: ["Tools are missing: the tool server is not available"])
                )
                #expect(other.requests.isEmpty)
            }
        }
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        var settings = MCPClientSettings.impatient
        settings.callTimeout = .seconds(2)
        let start = ContinuousClock.now
        let (result, calls) = try await call("read", settings, script { request in await request.closed() })
        #expect(result.isError)
        #expect(result.warnings == ["A tool call failed: the tool server did not answer in time"])
        #expect(calls == 1)
        #expect(.now - start < .seconds(10))
    }

    @Test func progressHasAHardCap() async throws {
        var settings = MCPClientSettings.impatient
        settings.longestCall = .seconds(2)
        let (result, _) = try await call(
            "read",
            settings,
            script { request in
                try await request.stream()
                for step in 0..<1000 {
                    try await request.raw(
                        #"data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"#
                            + String(decoding: request.id.encoded(), as: UTF8.self) + #","progress":\#(step)}}"#
                            + "\n\n"
                    )
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        )
        #expect(result.warnings == ["A tool call failed: the tool server did not answer in time"])
    }

    @Test func aReadIsTriedOnceMoreAWriteIsNot() async throws {
        let cut = script { request in try request.hangUp() }
        let (read, reads) = try await call("read", cut)
        #expect(read.isError)
        // By us once, and by the HTTP client once more when the kept connection turns out to be closed.
        #expect((2...3).contains(reads))
        let (write, writes) = try await call("write", cut)
        #expect(write.text.contains("may or may not have been done"))
        #expect(writes == 1)
    }

    @Test func oversizedAnswersAreRefused() async throws {
        var settings = MCPClientSettings.impatient
        settings.maximumMessageBytes = 10_000
        let large = String(repeating: "x", count: 30_000)
        let (json, _) = try await call("write", settings, script { try await $0.text(large) })
        #expect(json.warnings == ["A tool call failed: the tool server answered what cannot be used"])
        let (sse, _) = try await call(
            "write",
            settings,
            script { request in try await request.stream(request.resultEvent(large)) }
        )
        #expect(sse.warnings == ["A tool call failed: the tool server answered what cannot be used"])
    }

    @Test func streamsMayBeOdd() async throws {
        let (result, _) = try await call(
            "read",
            script { request in
                let id = String(decoding: request.id.encoded(), as: UTF8.self)
                try await request.stream(": hello\r\n\r\ndata:\r\n\r\nevent: message\r\nid: 1\r\ndata: noise\r\n\r\n")
                try await request.raw(
                    "data: {\"jsonrpc\":\"2.0\",\r\ndata: \"method\":\"notifications/message\"}\r\n\r\n"
                )
                try await request.raw(#"data: {"jsonrpc":"2.0","id":12345,"result":{}}"# + "\n\n")
                try await request.raw(#"data: {"jsonrpc":"2.0","id":12345,"error":{"code":1,"message":"x"}}"# + "\n\n")
                // In the middle of a character, and with the id as a text.
                let answer = Array(
                    #"data: {"jsonrpc":"2.0","id":"\#(id)","result":{"content":[{"type":"text","text":"é✓"}]}}"#.utf8
                )
                let place = answer.firstIndex(of: 0xC3).map { $0 + 1 } ?? 0
                try await request.raw(bytes: Array(answer[..<place]))
                try await request.raw(bytes: Array(answer[place...]) + Array("\r\r".utf8))
                await request.closed()
            }
        )
        #expect(result.text == "é✓")
    }

    @Test func errorsWithWrongIDsAreTheAnswer() async throws {
        for id in ["null", "\"x\"", "77"] {
            let (result, _) = try await call(
                "read",
                script {
                    try await $0.answer(
                        status: 200,
                        #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":-32602,"message":"odd"}}"#
                    )
                }
            )
            #expect(result.text == "The tool server refused the call: odd (code -32602)")
        }
    }

    @Test func resultsThatWantInputAreRefused() async throws {
        let (result, _) = try await call("read", script { try await $0.result(["resultType": "input_required"]) })
        #expect(
            result.text == "The tool server failed: it wants to ask the user something, which is not possible here."
        )
        let (other, _) = try await call("read", script { try await $0.result(["resultType": "later"]) })
        #expect(other.isError)
    }

    @Test func aListThatGoesInCirclesIsCut() async throws {
        let list: FakeServer.Script = { request, server in
            guard request.method == "tools/list" else { return try await FakeServer.modern()(request, server) }
            let page = server.count(of: "tools/list")
            try await request.result(["tools": [.tool("tool\(page)")], "nextCursor": page < 5 ? .string("") : "again"])
        }
        try await FakeServer.serving(list) { server in
            let offer = try await withTools([server.address], .impatient) { await $0.tools(for: .test) }
            #expect(offer.tools.map(\.name) == ["tool1", "tool2"])
            #expect(offer.warnings == ["Tools left out: the list of the tool server does not end"])
            #expect(server.requests.last?.message["params"]?["cursor"] == "")
        }
    }

    @Test func aListThatIsSlowlyReadIsDoneWithout() async throws {
        var settings = MCPClientSettings.impatient
        settings.offerTimeout = .milliseconds(700)
        settings.backoff.first = .seconds(60)
        settings.backoff.longest = .seconds(60)
        let patient = settings
        let list: FakeServer.Script = { request, server in
            guard request.method == "tools/list" else { return try await FakeServer.modern()(request, server) }
            try await Task.sleep(for: .milliseconds(200))
            try await request.result(["tools": [], "nextCursor": .string("\(server.count(of: "tools/list"))")])
        }
        try await FakeServer.serving(list) { server in
            try await withTools([server.address], patient) { tools in
                let start = ContinuousClock.now
                for _ in 0..<10 {
                    let offer = await tools.tools(for: .test)
                    #expect(offer.warnings == ["Tools are missing: the tool server is not available"])
                }
                // Only the first of them has waited.
                #expect(.now - start < .seconds(5))
            }
        }
    }

    @Test func aToolThatTheServerForgotIsLookedForAnew() async throws {
        let script = script { try await $0.error(-32602) }
        try await FakeServer.serving(script) { server in
            try await withTools([server.address], .impatient) { tools in
                for _ in 0..<2 {
                    let result = await tools.call("write")
                    #expect(result.text == "The tool server refused the call: scripted (code -32602)")
                }
            }
            #expect(server.count(of: "tools/list") == 2)
        }
    }

    @Test func aServerThatIsDownCostsOnlyItsTools() async throws {
        try await FakeServer.serving(FakeServer.modern()) { server in
            let gone = MCPServerAddress(.http(url: "http://127.0.0.1:1/mcp"), isTrusted: false)
            let (offer, missing) = try await withTools([gone, server.address], .impatient) { tools in
                (await tools.tools(for: .test), await tools.call("127_0_0_1_1__read"))
            }
            #expect(offer.tools.count == 2)
            #expect(offer.warnings == ["Tools are missing: tool server 1 is not available"])
            #expect(missing.isError)
            #expect(missing.warnings == ["A tool call failed: tool server 1 is not available"])
        }
    }

    @Test func aServerThatIsDownIsNotAskedByEveryRun() async throws {
        var settings = MCPClientSettings.impatient
        settings.backoff.first = .seconds(60)
        settings.backoff.longest = .seconds(60)
        let patient = settings
        try await FakeServer.serving({ request, _ in try await request.answer(status: 503, "") }) { server in
            try await withTools([server.address], patient) { tools in
                for _ in 0..<20 { _ = await tools.tools(for: .test) }
            }
            #expect(server.requests.count == 1)
        }
    }

    private func script(_ call: @escaping @Sendable (FakeServer.Exchange) async throws -> Void) -> FakeServer.Script {
        FakeServer.modern { request, _ in try await call(request) }
    }

    private func call(
        _ tool: String,
        _ script: @escaping FakeServer.Script
    ) async throws -> (ToolResult, calls: Int) {
        try await call(tool, .impatient, script)
    }
}

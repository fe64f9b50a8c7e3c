import Agent
import TestSupport
import Testing

@testable import MCP

/// A real server on a socket, and clients that send bytes.
@Suite(.timeLimit(.minutes(1))) struct ServerHTTPTests {
    // MARK: Round trips

    @Test(arguments: ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
    func aLegacySession(version: String) async throws {
        try await ServedHTTP.with(ScriptedTools { _ in ToolResult(text: #"{"seen":3}"#) }) { server in
            let session = try await server.open(version)
            let initialized = try await server.post(.rpc(nil, "notifications/initialized"), session)
            #expect(initialized.status == 202)
            #expect(initialized.body.isEmpty)

            let list = try await server.post(.rpc(1, "tools/list"), session)
            #expect(list.json["result"]?["tools"]?.arrayValue?.map { $0["name"] } == ["look", "make"])
            let call = try await server.post(.call(2, "look", ["a": 1]), session)
            #expect(call.status == 200)
            #expect(call.headers["content-type"] == "application/json")
            #expect(call.json["result"]?["content"] == [["type": "text", "text": #"{"seen":3}"#]])
            #expect(call.json["result"]?["structuredContent"]?["result"] == ["seen": 3])
            #expect(call.json["result"]?["resultType"] == nil)
            #expect(try await server.post(.rpc(3, "ping"), session).json["result"] == [:])
            #expect(try await server.post(.rpc(4, "nonsense"), session).json["error"]?["code"] == -32601)

            #expect(try await server.exchange(server.request("GET", session)).status == 405)
            #expect(try await server.exchange(server.request("DELETE", session)).status == 204)
            #expect(try await server.exchange(server.request("DELETE", session)).status == 404)
            #expect(try await server.post(.rpc(5, "ping"), session).status == 404)
        }
    }

    @Test func modernRequestsNeedNothingBefore() async throws {
        try await ServedHTTP.with(ScriptedTools()) { server in
            let meta = JSONValue.modernMeta()
            let discover = try await server.post(
                .rpc(1, "server/discover", ["_meta": meta]),
                modernHeaders("server/discover")
            )
            #expect(discover.json["result"]?["supportedVersions"] == ["2026-07-28"])
            let list = try await server.post(.rpc(2, "tools/list", ["_meta": meta]), modernHeaders("tools/list"))
            #expect(list.json["result"]?["resultType"] == "complete")
            #expect(list.json["result"]?["cacheScope"] == "private")
            let call = try await server.post(.call(3, "make", meta: meta), modernHeaders("tools/call", name: "make"))
            #expect(call.json["result"]?["resultType"] == "complete")
            #expect(call.headers["mcp-session-id"] == nil)
            let notified = try await server.post(
                .rpc(nil, "notifications/cancelled", ["requestId": 3]),
                modernHeaders("notifications/cancelled")
            )
            #expect(notified.status == 202)
        }
    }

    @Test func modernHeadersMustSayWhatTheBodySays() async throws {
        try await ServedHTTP.with(ScriptedTools()) { server in
            let meta = JSONValue.modernMeta()
            let call = JSONValue.call(1, "make", meta: meta)
            let old: JSONValue = [MetaKey.protocolVersion: "2099-01-01", MetaKey.clientCapabilities: [:]]
            let cases: [(JSONValue, [String: String], Int, Int)] = [
                (call, modernHeaders("tools/call", name: "look"), 400, -32020),
                (call, modernHeaders("tools/call"), 400, -32020),
                (call, modernHeaders("tools/call", name: "=?base64?!!?="), 400, -32020),
                (call, modernHeaders("tools/list", name: "make"), 400, -32020),
                (call, ["MCP-Protocol-Version": "2026-07-28"], 400, -32020),
                (call, [:], 400, -32020),
                (
                    call,
                    modernHeaders("tools/call", name: "make").merging(["MCP-Protocol-Version": "2025-11-25"]) { $1 },
                    400, -32020
                ),
                (.rpc(1, "tools/list"), modernHeaders("tools/list"), 400, -32602),
                (
                    .rpc(1, "tools/list", ["_meta": old]),
                    ["MCP-Protocol-Version": "2099-01-01", "Mcp-Method": "tools/list"], 400, -32022
                ),
                (.rpc(1, "ping", ["_meta": meta]), modernHeaders("ping"), 404, -32601),
                (["jsonrpc": "2.0", "id": 1, "result": [:]], modernHeaders("ping"), 400, -32600),
            ]
            for (body, headers, status, code) in cases {
                let reply = try await server.post(body, headers)
                #expect(reply.status == status, "\(body) \(headers)")
                #expect(reply.json["error"]?["code"] == .int(code), "\(body) \(headers)")
            }
            let encoded = modernHeaders("tools/call", name: HeaderText.encode("make"))
            #expect(try await server.post(call, encoded).status == 200)
        }
    }

    @Test func progressComesBeforeTheAnswer() async throws {
        let gate = Gate()
        let tools = ScriptedTools { _ in
            try? await gate.wait()
            return ToolResult(text: "{}")
        }
        try await ServedHTTP.with(tools) { server in
            let session = try await server.open()
            for (headers, meta) in [
                (session, JSONValue.object(["progressToken": 7])),
                (modernHeaders("tools/call", name: "look"), .modernMeta(["progressToken": 7])),
            ] {
                let connection = try RawConnection(port: server.port)
                try await connection.send(
                    server.request("POST", headers, body: JSONValue.call(1, "look", meta: meta).encoded())
                )
                gate.open()
                let reply = try HTTPReply(await connection.readToEnd())
                #expect(reply.headers["content-type"] == "text/event-stream")
                #expect(reply.events.first?["params"]?["progressToken"] == 7)
                #expect(reply.events.last?["id"] == 1)
                #expect(reply.events.last?["result"] != nil)
                #expect(reply.events.dropLast().allSatisfy { $0["method"] == "notifications/progress" })
            }
        }
    }

    @Test func onlyTheOldRevisionHasBatches() async throws {
        try await ServedHTTP.with(ScriptedTools()) { server in
            let batch: JSONValue = [
                .rpc(1, "ping"), .rpc(nil, "notifications/initialized"), .call(2, "look"), 3, .rpc(4, "initialize"),
            ]
            let old = try await server.post(batch, try await server.open("2025-03-26"))
            let answers = try #require(old.json.arrayValue)
            #expect(answers.count == 4)
            #expect(answers.contains { $0["id"] == 2 && $0["result"] != nil })
            #expect(answers.count { $0["error"]?["code"] == -32600 } == 2)
            let notified = try await server.post(
                [.rpc(nil, "notifications/initialized")],
                try await server.open("2025-03-26")
            )
            #expect(notified.status == 202)
            #expect(try await server.post(batch, try await server.open("2025-06-18")).status == 400)
            #expect(try await server.post([], try await server.open("2025-03-26")).status == 400)
        }
    }

    // MARK: Hostile clients

    @Test func whatIsNoProperRequestIsRefused() async throws {
        var settings = MCPServerSettings.open
        settings.maxMessageBytes = 4096
        try await ServedHTTP.with(ScriptedTools(), settings: settings) { server in
            let session = try await server.open()
            let ping = JSONValue.rpc(1, "ping").encoded()
            let cases: [(String, [String: String], [UInt8], Int)] = [
                ("wrong host", ["Host": "evil.example"], ping, 403),
                ("wrong origin", ["Origin": "https://evil.example"], ping, 403),
                ("null origin", ["Origin": "null"], ping, 403),
                ("own origin", ["Origin": "http://127.0.0.1:\(server.port)"], ping, 200),
                ("no JSON type", ["Content-Type": "text/plain"], ping, 415),
                ("no type", ["Content-Type": ""], ping, 415),
                ("HTML wanted", ["Accept": "text/html"], ping, 406),
                ("not JSON", [:], Array("{".utf8), 400),
                ("not UTF-8", [:], [0x22, 0xFF, 0x22], 400),
                ("no message", [:], Array("{}".utf8), 400),
                ("a number", [:], Array("3".utf8), 400),
                ("deep", [:], Array(String(repeating: "[", count: 2000).utf8), 400),
                ("null id", [:], Array(#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#.utf8), 400),
                ("too large", [:], [UInt8](repeating: 0x20, count: 5000), 413),
                ("unknown version", ["MCP-Protocol-Version": "1999-01-01"], ping, 400),
                ("no session", ["Mcp-Session-Id": ""], ping, 400),
                ("strange session", ["Mcp-Session-Id": "0123"], ping, 404),
            ]
            for (name, headers, body, status) in cases {
                let reply = try await server.exchange(
                    server.request("POST", session.merging(headers) { $1 }, body: body)
                )
                #expect(reply.status == status, "\(name): \(reply.text)")
                if status != 200 { #expect(reply.json["error"]?["code"]?.intValue ?? 0 < 0, "\(name)") }
            }
            #expect(try await server.exchange(server.request("PUT", session)).status == 404)
            #expect(try await server.exchange(server.request("DELETE")).status == 400)
            let chunked =
                Array(
                    "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                        .utf8
                )
                + Array("1400\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x1400) + Array("\r\n0\r\n\r\n".utf8)
            #expect(try await server.exchange(chunked).status == 413)
            // It serves on after all that.
            #expect(try await server.post(.rpc(1, "ping"), session).status == 200)
        }
    }

    @Test func pagesOfAllowedOriginsMayCall() async throws {
        var http = MCPHTTPSettings()
        http.origins = ["https://app.example.com"]
        try await ServedHTTP.with(ScriptedTools(), http: http) { server in
            let headers = ["Origin": "https://app.example.com"]
            let preflight = try await server.exchange(server.request("OPTIONS", headers))
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-origin"] == "https://app.example.com")
            #expect(preflight.headers["access-control-allow-headers"]?.contains("Mcp-Session-Id") == true)
            let reply = try await server.post(.rpc(0, "initialize", ["protocolVersion": "2025-11-25"]), headers)
            #expect(reply.headers["access-control-expose-headers"] == "Mcp-Session-Id")
        }
    }

    @Test func thousandsOfSessionsAreBounded() async throws {
        var http = MCPHTTPSettings()
        http.maxSessions = 50
        try await ServedHTTP.with(ScriptedTools(), http: http) { server in
            let first = try await server.open()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { for _ in 0..<250 { _ = try await server.open() } }
                }
                try await group.waitForAll()
            }
            #expect(try await server.post(.rpc(1, "ping"), first).status == 404)
            let last = try await server.open()
            #expect(try await server.post(.rpc(1, "ping"), last).status == 200)
        }
    }
}

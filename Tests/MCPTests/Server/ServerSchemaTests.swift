import Agent
import Foundation
import TestSupport
import Testing

@testable import MCP
@testable import Taiga

/// Everything that the server sends follows the protocol's schemas.
@Suite(.timeLimit(.minutes(5))) struct ServerSchemaTests {
    /// One message as it was sent, and what it answers.
    private struct Sent {
        var era: ProtocolVersion.Era
        var method: String?
        var message: JSONValue

        var line: [UInt8] {
            let json: JSONValue = [
                "era": era == .modern ? "modern" : "legacy", "method": method.map(JSONValue.string) ?? .null,
                "message": message,
            ]
            return json.encoded() + [UInt8(ascii: "\n")]
        }
    }

    /// Tools with every kind of result.
    private static let odd = ScriptedTools { call in
        var result = ToolResult(text: "words", created: [.task(id: 1, ref: 2, subject: "T", story: nil)])
        switch call.arguments?["kind"]?.stringValue {
        case "error": result = .error("No.")
        case "unfinished": result = .unfinished
        case "unauthorized": result.isUnauthorized = true
        case "array": result.text = "[1,null]"
        case "number": result.text = "1.5"
        case "empty": result.text = ""
        default: break
        }
        result.warnings = ["Careful."]
        return result
    }

    private static let calls: [(String, JSONValue)] =
        [
            ("ping", [:]), ("tools/list", [:]), ("tools/list", ["cursor": "nonsense"]), ("tools/list", ["cursor": 1]),
            ("tools/call", [:]), ("tools/call", ["name": "make", "arguments": 3]), ("nonsense", [:]),
            ("server/discover", [:]), ("tools/call", ["name": "make", "_meta": ["progressToken": "p"]]),
        ]
        + ["", "error", "unfinished", "unauthorized", "array", "number", "empty"].map {
            ("tools/call", ["name": "make", "arguments": ["kind": .string($0)]])
        }

    private static let sandboxCalls: [(String, JSONValue)] =
        [("tools/list", [:])]
        + [
            ("taiga_get_project", [:]), ("taiga_list_user_stories", [:]), ("taiga_list_tasks", [:]),
            ("taiga_create_user_story", ["subject": "S"]), ("taiga_create_task", ["subject": "T"]),
            ("no_such_tool", [:]),
        ].map { ("tools/call", ["name": .string($0.0), "arguments": $0.1]) }

    private func talk(_ server: ServedHTTP, _ calls: [(String, JSONValue)]) async throws -> [Sent] {
        var sent: [Sent] = []
        for version in ProtocolVersion.legacy {
            let opened = try await server.post(
                .rpc(0, "initialize", ["protocolVersion": .string(version.rawValue), "capabilities": [:]])
            )
            sent.append(Sent(era: .legacy, method: "initialize", message: opened.json))
            let session = ["Mcp-Session-Id": try #require(opened.headers["mcp-session-id"])]
            for (method, params) in calls {
                let reply = try await server.post(.rpc(1, method, params), session)
                sent += messages(reply).map { Sent(era: .legacy, method: method, message: $0) }
            }
        }
        for (method, params) in calls {
            let meta = JSONValue.modernMeta(params["_meta"]?.objectValue ?? [:])
            let params = JSONValue.object((params.objectValue ?? [:]).merging(["_meta": meta]) { $1 })
            let headers = modernHeaders(method, name: params["name"]?.stringValue)
            let reply = try await server.post(.rpc(1, method, params), headers)
            sent += messages(reply).map { Sent(era: .modern, method: method, message: $0) }
        }
        return sent
    }

    private func messages(_ reply: HTTPReply) -> [JSONValue] {
        reply.headers["content-type"] == "text/event-stream" ? reply.events : [reply.json]
    }

    private func refusals(_ server: ServedHTTP) async throws -> [Sent] {
        let meta = JSONValue.modernMeta()
        let old: JSONValue = [MetaKey.protocolVersion: "2099-01-01", MetaKey.clientCapabilities: [:]]
        let versions = ["MCP-Protocol-Version": "2099-01-01", "Mcp-Method": "tools/list"]
        var sent = [
            Sent(era: .legacy, message: try await server.post(3).json),
            Sent(era: .legacy, message: try await server.post(.rpc(1, "ping")).json),
            Sent(era: .legacy, message: try await server.post(.rpc(1, "ping"), ["Mcp-Session-Id": "0"]).json),
            Sent(era: .legacy, message: try await server.post(.rpc(1, "initialize")).json),
            Sent(era: .legacy, message: try await server.post(.rpc(1, "ping"), ["Host": "evil.example"]).json),
            Sent(era: .legacy, message: try await server.exchange(server.request("GET")).json),
            Sent(era: .modern, message: try await server.post(.rpc(1, "tools/list", ["_meta": old]), versions).json),
            Sent(era: .modern, message: try await server.post(.rpc(1, "tools/list", ["_meta": meta])).json),
            Sent(era: .modern, message: try await server.post(.rpc(1, "ping"), modernHeaders("ping")).json),
        ]
        let batch = try await server.post([.rpc(1, "nonsense"), 3], try await server.open("2025-03-26"))
        sent += (batch.json.arrayValue ?? []).map { Sent(era: .legacy, message: $0) }
        return sent
    }

    @Test func everythingSentIsValid() async throws {
        var sent = try await ServedHTTP.with(Self.odd) { server in
            try await talk(server, Self.calls) + refusals(server)
        }
        var small = MCPServerSettings.open
        small.pageSize = 2
        sent += try await ServedHTTP.with(TaigaSandbox().tools) { try await talk($0, Self.sandboxCalls) }
        sent += try await ServedHTTP.with(TaigaSandbox().tools, settings: small) {
            try await talk($0, Self.sandboxCalls)
        }

        let folder = try TemporaryDirectory("schemas")
        let file = folder.file("messages")
        try Data(sent.flatMap(\.line)).write(to: URL(fileURLWithPath: file))
        let schemas = Repository.path("Tests/MCPTests/Schemas")
        let checker = try ChildProcess(
            try await SDK.line1.python(),
            [SDK.script("check_messages.py"), schemas, file],
            outputPath: folder.file("output")
        )
        #expect(await checker.waitForExit() == .exited(0))
        print(
            "MCP server, messages against the schemas: \(sent.count) messages, parts: \(checker.output)",
            terminator: ""
        )
        #expect(!checker.output.contains("INVALID"), "\(checker.output)")
        #expect(checker.output.contains(" valid"))
        #expect(sent.count > 100)
    }
}

import Agent
import Synchronization
import TestSupport
import Testing

@testable import MCP

/// Calls that overlap, are cancelled, lose their client, or come twice.
@Suite(.timeLimit(.minutes(1))) struct ServerCallTests {
    /// A tool that says when it begins, waits for a gate, and says when it was cancelled.
    private final class SlowTool: Sendable {
        let began = Gate()
        let gate = Gate()
        let cancelled = Gate()

        var tools: ScriptedTools {
            ScriptedTools { [self] _ in
                began.open()
                do { try await gate.wait() } catch {
                    cancelled.open()
                    return .unfinished
                }
                return ToolResult(text: #"{"id":5}"#, created: [.userStory(id: 5, ref: 1, subject: "S")])
            }
        }
    }

    @Test func cancellingEndsALegacyCall() async throws {
        let slow = SlowTool()
        try await ServedHTTP.with(slow.tools) { server in
            let session = try await server.open()
            async let reply = server.post(.call(1, "make"), session)
            try await slow.began.wait()
            let cancel = JSONValue.rpc(nil, "notifications/cancelled", ["requestId": 1, "reason": "enough"])
            #expect(try await server.post(cancel, session).status == 202)
            try await slow.cancelled.wait()
            let answer = try await reply
            #expect(answer.status == 202)
            #expect(answer.body.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func aShutdownWaitsForCalls(withProgress: Bool) async throws {
        let slow = SlowTool()
        try await ServedHTTP.with(slow.tools) { server in
            let session = try await server.open()
            let meta: JSONValue = withProgress ? ["progressToken": "p"] : [:]
            async let reply = server.post(.call(1, "make", meta: meta), session)
            try await slow.began.wait()
            await server.shutDown()
            slow.gate.open()
            let answer = try await reply
            #expect((answer.events.last ?? answer.json)["result"]?["isError"] == nil)
            #expect((answer.events.last ?? answer.json)["id"] == 1)
        }
    }

    @Test func othersCannotCancelIt() async throws {
        let slow = SlowTool()
        try await ServedHTTP.with(slow.tools) { server in
            let session = try await server.open()
            let other = try await server.open()
            async let reply = server.post(.call(1, "make"), session)
            try await slow.began.wait()
            #expect(try await server.post(.rpc(nil, "notifications/cancelled", ["requestId": 1]), other).status == 202)
            // The same id is taken in its own session only.
            #expect(try await server.post(.rpc(1, "ping"), other).status == 200)
            #expect(try await server.post(.call(1, "look"), session).json["error"]?["code"] == -32600)
            slow.gate.open()
            let answer = try await reply
            #expect(answer.json["result"]?["structuredContent"]?["created_artifacts"]?.arrayValue?.count == 1)
        }
    }

    @Test(arguments: [false, true])
    func hangingUpCancelsAModernCall(withProgress: Bool) async throws {
        let slow = SlowTool()
        try await ServedHTTP.with(slow.tools) { server in
            let meta = JSONValue.modernMeta(withProgress ? ["progressToken": "p"] : [:])
            let connection = try RawConnection(port: server.port)
            try await connection.send(
                server.request(
                    "POST",
                    modernHeaders("tools/call", name: "make").merging(["Connection": "keep-alive"]) { $1 },
                    body: JSONValue.call(1, "make", meta: meta).encoded()
                )
            )
            try await slow.began.wait()
            connection.hangUp()
            try await slow.cancelled.wait()
        }
    }

    @Test(arguments: [false, true])
    func aLegacyCallOutlivesItsConnection(withProgress: Bool) async throws {
        let slow = SlowTool()
        let tools = slow.tools
        try await ServedHTTP.with(tools) { server in
            let session = try await server.open()
            var meta: [String: JSONValue] = [MetaKey.idempotencyKey: "run-1"]
            if withProgress { meta["progressToken"] = "p" }
            let call = JSONValue.call(1, "make", meta: .object(meta))
            let connection = try RawConnection(port: server.port)
            try await connection.send(server.request("POST", session, body: call.encoded()))
            try await slow.began.wait()
            connection.hangUp()
            // The retry waits for the call that lost its client, and gets its result.
            let again = JSONValue.call(2, "make", meta: [MetaKey.idempotencyKey: "run-1"])
            async let retry = server.post(again, session)
            slow.gate.open()
            let answer = try await retry
            #expect(answer.json["result"]?["structuredContent"]?["result"] == ["id": 5])
            #expect(tools.calls.count == 1)
        }
    }

    @Test func theSameKeyIsDoneOnce() async throws {
        let slow = SlowTool()
        let tools = slow.tools
        try await ServedHTTP.with(tools) { server in
            let headers = modernHeaders("tools/call", name: "make")
            let call: @Sendable (Int, JSONValue, String) -> JSONValue = { id, arguments, key in
                .call(id, "make", arguments, meta: .modernMeta([MetaKey.idempotencyKey: .string(key)]))
            }
            try await withThrowingTaskGroup(of: HTTPReply.self) { group in
                for id in 0..<10 { group.addTask { try await server.post(call(id, ["b": 1, "a": 2], "k"), headers) } }
                try await slow.began.wait()
                slow.gate.open()
                for try await reply in group { #expect(reply.json["result"]?["isError"] == nil) }
            }
            #expect(tools.calls.count == 1)
            let other = try await server.post(call(11, ["a": 3], "k"), headers)
            #expect(other.json["result"]?["isError"] == true)
            _ = try await server.post(call(12, ["a": 2], "k2"), headers)
            #expect(tools.calls.count == 2)
        }
    }

    @Test func aReadIsNotRemembered() async throws {
        let tools = ScriptedTools()
        try await ServedHTTP.with(tools) { server in
            let session = try await server.open()
            for id in 1...3 {
                _ = try await server.post(.call(id, "look", meta: [MetaKey.idempotencyKey: "k"]), session)
            }
            #expect(tools.calls.count == 3)
        }
    }

    @Test func aLookDoesNothing() async throws {
        let tools = ScriptedTools()
        try await ServedHTTP.with(tools) { server in
            let session = try await server.open()
            let meta: JSONValue = [MetaKey.idempotencyKey: "k", MetaKey.lookOnly: true, MetaKey.startedAt: 5]
            let lost = try await server.post(.call(1, "make", meta: meta), session)
            #expect(lost.json["result"]?["content"] == [["type": "text", "text": "Outcome unknown."]])
            #expect(tools.calls.isEmpty)
            _ = try await server.post(.call(2, "make", meta: [MetaKey.idempotencyKey: "k"]), session)
            let found = try await server.post(.call(3, "make", meta: meta), session)
            #expect(found.json["result"]?["isError"] == nil)
            #expect(tools.calls.count == 1)
        }
    }

    @Test func aCallThatNeverEndsIsCancelled() async throws {
        var settings = MCPServerSettings.open
        settings.callTimeout = .milliseconds(50)
        let slow = SlowTool()
        try await ServedHTTP.with(slow.tools, settings: settings) { server in
            let reply = try await server.post(.call(1, "make"), try await server.open())
            #expect(reply.json["result"]?["isError"] == true)
            #expect(reply.json["result"]?["_meta"]?[MetaKey.unfinished] == true)
        }
    }

    @Test func tooManyCallsAreToldToTheModel() async throws {
        var settings = MCPServerSettings.open
        settings.maxCalls = 1
        let slow = SlowTool()
        try await ServedHTTP.with(slow.tools, settings: settings) { server in
            let session = try await server.open()
            async let first = server.post(.call(1, "make"), session)
            try await slow.began.wait()
            let second = try await server.post(.call(2, "look"), session)
            #expect(second.json["result"]?["isError"] == true)
            slow.gate.open()
            #expect(try await first.json["result"]?["isError"] == nil)
        }
    }

    // MARK: Tokens

    /// Tools that refresh the user's token in each call.
    private struct Refreshing: ToolProvider {
        let name = "refreshing"
        let seen = Box()

        final class Box: Sendable { let tokens = Mutex<[String]>([]) }

        func tools(for context: RunContext) async -> ToolOffer {
            ToolOffer(tools: [ScriptedTools.make], warnings: ["One tool is missing."])
        }

        func call(_ invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
            let pair = context.credentials.current
            seen.tokens.withLock { $0.append("\(pair.authToken.reveal())/\(pair.refresh.reveal())") }
            context.credentials.refresh(to: Credentials(authToken: Secret("new"), refresh: Secret("new-r")))
            var result = ToolResult(text: "done")
            result.warnings = ["Careful."]
            return result
        }

        func outcome(of invocation: ToolInvocation, in context: RunContext) async -> ToolResult { .error("?") }
    }

    @Test func aRefreshedPairGoesBackToWhoBroughtIt() async throws {
        let tools = Refreshing()
        var settings = MCPServerSettings()
        settings.project = .init(id: 1)
        try await ServedHTTP.with(tools, settings: settings) { server in
            let session = try await server.open()
            let none = try await server.post(.call(1, "make"), session)
            #expect(none.json["result"]?["isError"] == true)
            #expect(none.text.contains("X-Taiga-Auth-Token"))
            let tokens = ["X-Taiga-Auth-Token": "a", "X-Taiga-Refresh-Token": "r"]
            let reply = try await server.post(.call(2, "make"), session.merging(tokens) { $1 })
            #expect(
                reply.json["result"]?["_meta"]?[MetaKey.refreshedCredentials] == [
                    "auth_token": "new", "refresh": "new-r",
                ]
            )
            #expect(reply.json["result"]?["_meta"]?[MetaKey.warnings] == ["Careful."])
            let list = try await server.post(.rpc(3, "tools/list"), session)
            #expect(list.json["result"]?["_meta"]?[MetaKey.warnings] == ["One tool is missing."])
        }
        #expect(tools.seen.tokens.withLock { $0 } == ["a/r"])
    }

    @Test func theServersOwnPairStaysHere() async throws {
        let tools = Refreshing()
        var settings = MCPServerSettings()
        settings.project = .init(id: 1)
        settings.credentials = RunCredentials(Credentials(authToken: Secret("own"), refresh: Secret("own-r")))
        try await ServedHTTP.with(tools, settings: settings) { server in
            let session = try await server.open()
            for id in 1...2 {
                let reply = try await server.post(.call(id, "make"), session)
                #expect(reply.json["result"]?["_meta"]?[MetaKey.refreshedCredentials] == nil)
                #expect(!reply.text.contains("new-r"))
            }
        }
        #expect(tools.seen.tokens.withLock { $0 } == ["own/own-r", "new/new-r"])
    }
}

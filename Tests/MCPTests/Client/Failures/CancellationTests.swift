import Agent
import MCP
import TestSupport
import Testing

/// Calls that are cancelled at every moment: no other call gets their answers, and what comes after them works.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CancellationTests {
    private static let calls = 2000

    /// Calls `echo` many times, half of them cancelled by chance; what is wrong with the answers.
    private func storm(_ tools: MCPTools) async -> (foreign: Int, finished: Int, unfinished: Int) {
        _ = await tools.names()
        var counts = (foreign: 0, finished: 0, unfinished: 0)
        await withTaskGroup(of: (String, ToolResult).self) { group in
            for number in 0..<Self.calls {
                group.addTask {
                    let text = "text-\(number)"
                    let result = await withTaskGroup(of: ToolResult.self) { call in
                        call.addTask { await tools.call("echo", ["text": .string(text)]) }
                        for _ in 0..<Int.random(in: 0..<60) { await Task.yield() }
                        if number.isMultiple(of: 2) { call.cancelAll() }
                        return await call.next() ?? .unfinished
                    }
                    return (text, result)
                }
                // As many at a time as one program takes.
                if number >= 50, let (text, result) = await group.next() { count(text, result, &counts) }
            }
            for await (text, result) in group { count(text, result, &counts) }
        }
        return counts
    }

    private func count(
        _ text: String,
        _ result: ToolResult,
        _ counts: inout (foreign: Int, finished: Int, unfinished: Int)
    ) {
        if result == .unfinished {
            counts.unfinished += 1
        } else if result.text == text {
            counts.finished += 1
        } else {
            counts.foreign += 1
        }
    }

    @Test func noAnswerGoesAstrayOverPipes() async throws {
        let command = ["/usr/bin/python3", SDK.script("odd_program.py"), "plain"]
        let counts = try await withTools([MCPServerAddress(.stdio(command: command), isTrusted: false)]) {
            await storm($0)
        }
        print("stdio: \(Self.calls) calls, \(counts)")
        #expect(counts.foreign == 0)
        #expect(counts.finished >= Self.calls / 2)
    }

    @Test(arguments: [true, false]) func noAnswerGoesAstrayOverHTTP(isModern: Bool) async throws {
        let echo: FakeServer.Script = { request, _ in
            try await request.text(request.message["params"]?["arguments"]?["text"]?.stringValue ?? "")
        }
        let tools: [JSONValue] = [.tool("echo")]
        let script = isModern ? FakeServer.modern(tools: tools, echo) : FakeServer.legacy(tools: tools, echo)
        try await FakeServer.serving(script) { server in
            let counts = try await withTools([server.address]) { await storm($0) }
            print("\(isModern ? "modern" : "legacy") HTTP: \(Self.calls) calls, \(counts)")
            #expect(counts.foreign == 0)
            #expect(counts.finished >= Self.calls / 2)
        }
    }
}

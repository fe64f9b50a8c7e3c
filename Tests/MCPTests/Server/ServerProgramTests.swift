import Agent
import Foundation
import TestSupport
import Testing

/// `parley mcp` as a process.
@Suite(.timeLimit(.minutes(2))) struct ServerProgramTests {
    @Test(
        arguments: [
            (["mcp"], [:], "either --stdio or --http"),
            (["mcp", "--stdio", "--http"], [:], "either --stdio or --http"),
            (["mcp", "--stdio", "--project", "x"], [:], "TAIGA_PROJECT_ID must be a whole number"),
            (["mcp", "--stdio", "--milestone", "3"], [:], "TAIGA_MILESTONE_ID is set, but TAIGA_PROJECT_ID is not"),
            (["mcp", "--stdio"], ["TAIGA_REFRESH_TOKEN": "canary"], "TAIGA_REFRESH_TOKEN is set"),
            (["mcp", "--http", "--host", "0.0.0.0"], ["TAIGA_AUTH_TOKEN": "canary"], "TAIGA_AUTH_TOKEN would give"),
        ] as [([String], [String: String], String)]
    )
    func whatCannotBeServedIsSaid(arguments: [String], environment: [String: String], words: String) async throws {
        let (exit, output) = try await ParleyWorker.runToEnd(arguments, environment: environment)
        #expect(exit != .exited(0))
        #expect(output.contains(words), "\(output)")
        #expect(!output.contains("canary"))
    }

    @Test func stdioEndsWithItsInput() async throws {
        // Standard input is /dev/null: the end comes at once.
        let (exit, output) = try await ParleyWorker.runToEnd(["mcp", "--stdio"])
        #expect(exit == .exited(0))
        #expect(output.isEmpty, "\(output)")
    }

    @Test func stdioEndsOnSIGTERM() async throws {
        let folder = try TemporaryDirectory("mcp")
        // A pipe that stays open, as a client's would; its answers show that the server is up.
        let script = #"""
            import json, signal, subprocess, sys
            server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            server.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
            server.stdin.flush()
            print(json.loads(server.stdout.readline()))
            server.send_signal(signal.SIGTERM)
            print("ended with", server.wait(20), server.stdout.read())
            """#
        let client = try ChildProcess(
            "python3",
            ["-c", script, ParleyWorker.binary, "mcp", "--stdio", "--log-level", "error"],
            outputPath: folder.file("output")
        )
        #expect(await client.waitForExit() == .exited(0))
        #expect(client.output.contains("ended with 0 b''"), "\(client.output)")
    }

    @Test func theOperatorsTokenServesAForeignClient() async throws {
        try await MCPProgram.with(["TAIGA_AUTH_TOKEN": "canary", "TAIGA_PROJECT_ID": "1729875"]) { program in
            let port = try #require(URL(string: program.url)?.port)
            let server = ServedHTTP(port: port)
            let session = try await server.open()
            let reply = try await server.post(.call(1, "taiga_get_project"), session)
            #expect(reply.json["result"]?["structuredContent"]?["result"]?["id"] == 1_729_875)
            #expect(!program.process.output.contains("canary"))
        }
    }
}

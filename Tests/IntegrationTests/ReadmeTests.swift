import Agent
import Foundation
import TestSupport
import Testing

/// What the README shows, done as a reader would do it.
@Suite(.timeLimit(.minutes(2))) struct ReadmeTests {
    /// The command of the README's streaming section, and the output shown below it.
    private static func streaming() throws -> (command: String, output: String) {
        let readme = try String(contentsOfFile: "README.md", encoding: .utf8)
        let section = try #require(readme.components(separatedBy: "**Watch it work.**").last)
        let blocks = section.components(separatedBy: "```")
        return (String(blocks[1].dropFirst("sh\n".count)), blocks[3].trimmingCharacters(in: .newlines))
    }

    @Test func curlShowsTheStreamThatIsPromised() async throws {
        let (command, shown) = try Self.streaming()
        try await ParleyWorker.with { worker in
            let command = command.replacingOccurrences(of: "http://127.0.0.1:8000", with: worker.url)
            let output = try await Self.run(command)
            #expect(Self.withoutRun(output).hasPrefix(Self.withoutRun(shown)))
            #expect(output.contains("event: run.finished"))

            let names = output.split(separator: "\n").filter { $0.hasPrefix("event: ") }
            let run = try #require(output.firstMatch(of: /run_[0-9a-f]{32}/)).output
            let rest = try await Self.run("curl -sN \(worker.url)/agent/runs/\(run)/events -H 'Last-Event-ID: 3-0'")
            #expect(rest.split(separator: "\n").filter { $0.hasPrefix("event: ") } == Array(names.dropFirst(3)))
            let state = try await Self.run("curl -s \(worker.url)/agent/runs/\(run)")
            #expect(try JSONValue(parsing: state.utf8)["state"] == "finished")
            let cancel = try await Self.run("curl -s -X POST \(worker.url)/agent/runs/\(run)/cancel")
            #expect(try JSONValue(parsing: cancel.utf8)["state"] == "finished")
        }
    }

    /// The stream with what differs from run to run made equal.
    private static func withoutRun(_ stream: String) -> String {
        stream.replacing(/run_[0-9a-f]{32}/, with: "run").replacing(/"duration_ms":[0-9]+/, with: "ms")
    }

    /// What `command` prints on standard output.
    private static func run(_ command: String) async throws -> String {
        let directory = try TemporaryDirectory("readme")
        let shell = try ChildProcess(
            "/bin/bash",
            ["-c", "exec 2>\"$0\"; \(command)", directory.file("errors")],
            outputPath: directory.file("output")
        )
        #expect(await shell.waitForExit() == .exited(0))
        return shell.output
    }
}

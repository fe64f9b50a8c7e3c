import Foundation
import TestSupport
import Testing

/// The program that the README shows for `parley-client.js`, run as a reader would.
@Suite(.timeLimit(.minutes(2))) struct ReadmeProgramTests {
    @Test func itPlaysTheExampleThrough() async throws {
        let readme = try String(contentsOfFile: "README.md", encoding: .utf8)
        let section = try #require(readme.components(separatedBy: "**`parley-client.js`**").last)
        let blocks = section.components(separatedBy: "```")
        let program = try #require(blocks[1].hasPrefix("js\n") ? blocks[1].dropFirst(3) : nil)
        let commands = try #require(blocks[3].hasPrefix("sh\n") ? blocks[3].dropFirst(3) : nil)
        let directory = try TemporaryDirectory("readme")
        try directory.write(String(program), to: "chat.mjs")
        try await ParleyWorker.with { worker in
            let shell = try ChildProcess(
                "/bin/bash",
                ["-c", "set -e; " + commands.replacingOccurrences(of: "http://127.0.0.1:8000", with: worker.url)],
                workingDirectory: directory.path,
                outputPath: directory.file("output")
            )
            #expect(await shell.waitForExit() == .exited(0))
            let lines = shell.output.split(separator: "\n")
            #expect(lines.first == "> Create tasks for Alex")
            #expect(lines.contains { $0.hasSuffix("Which one?") })
            #expect(lines.contains("[taiga_list_members]"))
            #expect(lines.count { $0.wholeMatch(of: /task #\d+ .+/) != nil } == 3, "\(shell.output)")
        }
    }
}

import Foundation
import ParleyClient
import TestSupport
import Testing

/// The code that the documentation shows is code that is compiled, and run, with a real worker.
@Suite(.timeLimit(.minutes(2))) struct DocumentationTests {
    /// The blocks of Swift in a page.
    private static func blocks(_ page: String) throws -> [String] {
        try String(contentsOfFile: page, encoding: .utf8).components(separatedBy: "```swift\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
    }

    @Test func theReadmesProgramRuns() async throws {
        let source = try String(contentsOfFile: "Tests/ReadmeProgram/main.swift", encoding: .utf8)
        #expect(try Self.blocks("README.md") == [source])
        try await ParleyWorker.with { worker in
            let directory = try TemporaryDirectory("readme-program")
            let program = try ChildProcess(
                (ParleyWorker.binary as NSString).deletingLastPathComponent + "/ReadmeProgram",
                [worker.url],
                outputPath: directory.file("output")
            )
            #expect(await program.waitForExit() == .exited(0))
            let lines = program.output.split(separator: "\n")
            #expect(lines.first?.contains("Alex Jones") == true, "\(program.output)")
            #expect(lines.count { $0.hasPrefix("+ task ") } == 3 && lines.contains { $0.hasSuffix(": ok]") })
        }
    }

    @Test func theArticlesCodeIsTheCompiledOne() throws {
        let source = try String(
            contentsOfFile: "Tests/ParleyClientTests/Documentation/ArticleCode.swift",
            encoding: .utf8
        )
        let lines = source.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n")
        let blocks = try Self.blocks("Sources/ParleyClient/ParleyClient.docc/Conversations.md")
        #expect(blocks.count == 8)
        for block in blocks {
            let text = block.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n")
            #expect(lines.contains(" {\n\(text)\n"), "not compiled:\n\(block)")
        }
    }

    @Test func theArticlesCodeRuns() async throws {
        try await ParleyWorker.with { worker in
            let shown = Log<String>()
            let show: @Sendable (String) -> Void = { shown.append($0) }
            let url = try #require(URL(string: worker.url))
            let client = ArticleCode.makeAClient(url, Keychain(.init(authToken: "a", refresh: "b")), show)
            let id = try await ArticleCode.begin(client, show)
            #expect(shown.all.count { $0.hasPrefix("task ") } == 3)
            try await ArticleCode.goOn(client, id, show)
            #expect(shown.all.last == "2 turns so far")
            #expect(try await ArticleCode.watch(client.session(), show).contains("Alex Jones"))
            await ArticleCode.fail(client.session(), show)
            #expect(shown.all.last?.contains("Alex Jones") == true)
            try await ArticleCode.again(client, client.session(), "key", show)
            #expect(shown.all.last == "The same answer")
            #expect(try await ArticleCode.takeAlong(client.session()).seen().answer != nil)
            // The sandbox's run may have ended before it is stopped.
            do { try await ArticleCode.stop(client, client.session(), show) } catch let error as ParleyError {
                #expect(error.code == .cancelled)
            }
        }
    }
}

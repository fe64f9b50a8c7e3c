import Foundation
import TestSupport
import Testing

/// The tests of the JavaScript, run by node. They fail when there is no node, and when none of them ran.
@Suite(.timeLimit(.minutes(3))) struct ModuleTests {
    private static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("JavaScript").path

    @Test func nodeFindsNothingWrong() async throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter {
            $0.hasSuffix(".test.mjs")
        }
        let directory = try TemporaryDirectory("node")
        let node = try ChildProcess(
            "node",
            ["--test", "--test-reporter=tap"] + files.sorted(),
            workingDirectory: Self.folder,
            outputPath: directory.file("output")
        )
        let exit = await node.waitForExit()
        let output = node.output
        let figures = output.split(separator: "\n").filter { $0.hasPrefix("# ") && !$0.hasPrefix("# Subtest") }
        print("node --test, \(files.count) files:\n  " + figures.joined(separator: "\n  "))
        #expect(exit == .exited(0), "\(output.split(separator: "\n").filter { $0.contains("not ok") })")
        let passed = try #require(output.firstMatch(of: /\n# pass (\d+)/)?.1)
        #expect(try #require(Int(passed)) > 30)
        #expect(output.contains("\n# fail 0") && output.contains("\n# skipped 0"))
    }
}

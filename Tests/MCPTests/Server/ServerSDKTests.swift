import Foundation
import TestSupport
import Testing

/// Clients of the official SDK against the real program.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ServerSDKTests {
    private struct Column {
        var title: String
        /// Check by check, in their order.
        var marks: [(name: String, isOK: Bool)]
        var output: String
    }

    private static let clients: [(sdk: SDK, mode: String)] = [
        (.line1, "legacy"), (.line2, "legacy"), (.line2, "modern"),
    ]

    private func column(_ sdk: SDK, _ mode: String, _ wire: String, _ target: [String]) async throws -> Column {
        let folder = try TemporaryDirectory("sdk-client")
        let client = try ChildProcess(
            try await sdk.python(),
            [SDK.script("sdk_client.py"), mode, wire] + target,
            workingDirectory: folder.path,
            outputPath: folder.file("output")
        )
        let exit = await client.waitForExit()
        let lines = client.output.split(separator: "\n")
        var marks = lines.compactMap { line -> (name: String, isOK: Bool)? in
            if line.hasPrefix("ok ") { return (String(line.dropFirst(3)), true) }
            guard line.hasPrefix("FAILED ") else { return nil }
            return (String(line.dropFirst(7).prefix { $0 != ":" }), false)
        }
        marks.append(("ends cleanly", exit == .exited(0) && lines.contains("done")))
        return Column(title: "\(sdk.rawValue).x \(mode) \(wire)", marks: marks, output: client.output)
    }

    @Test func clientsOfBothLinesAreServed() async throws {
        var columns: [Column] = []
        for (sdk, mode) in Self.clients {
            columns.append(try await column(sdk, mode, "stdio", [ParleyWorker.binary, "mcp", "--stdio"]))
        }
        let output = try await MCPProgram.with { program in
            for (sdk, mode) in Self.clients {
                columns.append(try await column(sdk, mode, "http", [program.url]))
            }
            return program.process
        }.output
        #expect(!output.contains("canary"), "a token in the log")

        print(table(columns))
        for column in columns {
            #expect(column.marks.count == 12, "\(column.title): \(column.output.suffix(3000))")
            let failed = column.marks.filter { !$0.isOK }.map(\.name)
            #expect(failed == [], "\(column.title): \(column.output.suffix(3000))")
        }
    }

    /// One row per check, one column per client.
    private func table(_ columns: [Column]) -> String {
        let names = columns.first?.marks.map(\.name) ?? []
        var lines = ["MCP server, clients of the official SDK: " + columns.map(\.title).joined(separator: " | ")]
        for name in names {
            let marks = columns.map { column in
                column.marks.first { $0.name == name }.map { $0.isOK ? "pass" : "FAIL" } ?? "none"
            }
            lines.append(name.padding(toLength: 24, withPad: " ", startingAt: 0) + marks.joined(separator: "  "))
        }
        return lines.joined(separator: "\n")
    }
}

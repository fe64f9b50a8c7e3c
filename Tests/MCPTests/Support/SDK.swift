import Foundation
import TestSupport

/// The lines of the official Python SDK.
enum SDK: String, CaseIterable, CustomStringConvertible {
    case line1 = "1"
    case line2 = "2"

    var description: String { "SDK \(rawValue).x" }

    /// The python that has this line; made on first use, which takes a while.
    func python() async throws -> String {
        let folder = try TemporaryDirectory("sdk")
        let script = Self.repository.appendingPathComponent("deploy/lib/mcp-sdks.sh").path
        let child = try ChildProcess(script, [rawValue], outputPath: folder.file("output"))
        let exit = await child.waitForExit()
        guard exit == .exited(0), let path = child.output.split(separator: "\n").last else {
            throw ServerError("no \(self):\n\(child.output)")
        }
        return String(path)
    }

    static let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A script beside these tests.
    static func script(_ name: String) -> String {
        repository.appendingPathComponent("Tests/MCPTests/Servers/\(name)").path
    }
}

import Foundation

/// The repository that these tests are in: what of it they use besides the code.
package enum Repository {
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Where something is that the repository holds.
    package static func path(_ name: String) -> String { root.appendingPathComponent(name).path }

    /// Runs a script of `deploy/lib` that makes something ready on first use, which takes a while; the path that it prints.
    package static func prepare(_ script: String, _ arguments: String...) async throws -> String {
        let folder = try TemporaryDirectory("prepare")
        let child = try ChildProcess(path(script), arguments, outputPath: folder.file("output"))
        let exit = await child.waitForExit()
        guard exit == .exited(0), let path = child.output.split(separator: "\n").last else {
            throw ServerError("\(script) failed:\n\(child.output)")
        }
        return String(path)
    }
}

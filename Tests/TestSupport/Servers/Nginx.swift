import Foundation

/// The nginx of a fleet by itself, with `deploy/nginx.conf` and any servers as its workers.
package final class Nginx: Sendable {
    private let process: ChildProcess
    private let directory: TemporaryDirectory
    package let url: String

    /// Everything that it has logged.
    package var log: String { process.output }

    /// Runs `body` with an nginx that is stopped when `body` is done.
    ///
    /// - Parameters:
    ///   - ports: of the workers, on 127.0.0.1.
    ///   - edit: what is to be different in the configuration.
    package static func with<Result>(
        workers ports: [Int],
        editing edit: (String) -> String = { $0 },
        _ body: (Nginx) async throws -> Result
    ) async throws -> Result {
        let nginx = try await Nginx(workers: ports, edit)
        do {
            let result = try await body(nginx)
            await nginx.process.stop()
            return result
        } catch {
            await nginx.process.stop()
            throw error
        }
    }

    private init(workers ports: [Int], _ edit: (String) -> String) async throws {
        directory = try TemporaryDirectory("nginx")
        let port = try FreePort.reserve()
        url = "http://127.0.0.1:\(port)"
        // As deploy/fleet does it.
        let prelude = "source deploy/lib/common.sh; source deploy/lib/nginx.sh; "
        let addresses = ports.map { "127.0.0.1:\($0)" }
        let render = try ChildProcess(
            "/bin/bash",
            ["-c", prelude + "render_nginx \"$@\"", "render", directory.path, "127.0.0.1:\(port)"] + addresses,
            outputPath: directory.file("render.log")
        )
        guard await render.waitForExit() == .exited(0) else { throw ServerError(render.output) }
        let path = directory.file("nginx.conf")
        try directory.write(edit(try String(contentsOfFile: path, encoding: .utf8)), to: "nginx.conf")
        process = try ChildProcess(
            "/bin/bash",
            ["-c", prelude + "nginx_arguments \"$1\"; exec \"${nginx_command[@]}\"", "nginx", directory.path],
            outputPath: directory.file("nginx.log")
        )
        try await process.waitUntilListening(on: port)
    }
}

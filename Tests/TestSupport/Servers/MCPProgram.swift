/// The real `parley mcp --http`, as a process of its own on a free port.
package struct MCPProgram {
    package let process: ChildProcess
    /// Where clients find it.
    package let url: String

    /// Runs `body` with the program, which must then end cleanly on SIGTERM.
    package static func with<Result>(
        _ environment: [String: String] = [:],
        _ body: (MCPProgram) async throws -> Result
    ) async throws -> Result {
        let folder = try TemporaryDirectory("mcp")
        let port = try FreePort.reserve()
        let process = try ChildProcess(
            ParleyWorker.binary,
            ["mcp", "--http", "--port", "\(port)", "--log-level", "trace"],
            environment: environment,
            workingDirectory: folder.path,
            outputPath: folder.file("log")
        )
        try await process.waitUntilListening(on: port)
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(try await body(MCPProgram(process: process, url: "http://127.0.0.1:\(port)/mcp")))
        } catch {
            outcome = .failure(error)
        }
        let exit = await process.stop()
        let result = try outcome.get()
        guard exit == .exited(0) else { throw ServerError("parley mcp ended as \(exit)") }
        return result
    }

    /// The same, or without the program where it is not wanted.
    package static func with<Result>(
        _ environment: [String: String] = [:],
        isWanted: Bool,
        _ body: (MCPProgram?) async throws -> Result
    ) async throws -> Result {
        guard isWanted else { return try await body(nil) }
        return try await with(environment) { program in try await body(program) }
    }
}

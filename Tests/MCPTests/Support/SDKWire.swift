import MCP
import TestSupport

/// How a server of the SDK is talked to.
enum SDKWire: String, CaseIterable {
    case json, sse, stdio

    /// Starts the SDK's server, if it is one that listens, for the length of `use`.
    func serving<Result: Sendable>(
        _ sdk: SDK,
        isTrusted: Bool = false,
        _ use: (MCPServerAddress) async throws -> Result
    ) async throws -> Result {
        let python = try await sdk.python()
        let script = SDK.script("sdk_server.py")
        guard self != .stdio else {
            return try await use(MCPServerAddress(.stdio(command: [python, script, "stdio"]), isTrusted: isTrusted))
        }
        let folder = try TemporaryDirectory("sdk-server")
        let port = try FreePort.reserve()
        let child = try ChildProcess(python, [script, rawValue, "\(port)"], outputPath: folder.file("log"))
        try await child.waitUntilListening(on: port)
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(
                try await use(MCPServerAddress(.http(url: "http://127.0.0.1:\(port)/mcp"), isTrusted: isTrusted))
            )
        } catch {
            outcome = .failure(error)
        }
        await child.stop(grace: .seconds(1))
        return try outcome.get()
    }
}

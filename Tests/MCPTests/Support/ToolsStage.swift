import Agent
import Logging
import MCP
import WebClient

/// Runs a provider over `addresses`, and the HTTP client under it, for the length of `use`.
func withTools<Result: Sendable>(
    _ addresses: [MCPServerAddress],
    _ settings: MCPClientSettings = MCPClientSettings(),
    _ use: (MCPTools) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let client = WebClient(logger: logger)
    let tools = MCPTools(addresses, client: client, settings: settings, logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { clients in
        clients.addTask { try await client.run() }
        defer { clients.cancelAll() }
        // The provider ends first: it says goodbye over the client.
        return try await withThrowingTaskGroup(of: Void.self) { providers in
            providers.addTask { try await tools.run() }
            let outcome: Swift.Result<Result, any Error>
            do { outcome = .success(try await use(tools)) } catch { outcome = .failure(error) }
            providers.cancelAll()
            try await providers.waitForAll()
            return try outcome.get()
        }
    }
}

extension MCPTools {
    /// Calls the tool `name` for the example's user.
    func call(
        _ name: String,
        _ arguments: JSONValue = [:],
        key: String = "key-1",
        in context: RunContext = .test
    ) async -> ToolResult {
        await call(ToolInvocation(name, arguments, key: key), in: context)
    }

    /// The names that the example's user is offered.
    func names() async -> [String] { await tools(for: .test).tools.map(\.name) }
}

extension ToolInvocation {
    init(_ name: String, _ arguments: JSONValue = [:], key: String = "key-1") {
        self.init(
            ToolCall(id: "call_1", name: name, input: arguments.encoded()),
            key: key,
            startedAt: 1_700_000_000_000
        )
    }
}

extension RunContext {
    /// With tokens that must not be seen where they do not belong.
    static var test: RunContext {
        RunContext(
            projectID: 1,
            milestoneID: 2,
            user: UserContext(id: 3, username: "alex", email: "alex@example.com", roles: ["Back"]),
            credentials: Credentials(authToken: Secret("canary-token"), refresh: Secret("canary-refresh"))
        )
    }
}

extension MCPClientSettings {
    /// Quick to come back, for tests of failures. Its time-outs are those that a busy machine keeps: a test that waits for
    /// one sets it lower.
    static var impatient: MCPClientSettings {
        var settings = MCPClientSettings()
        settings.handshakeTimeout = .seconds(5)
        settings.probeTimeout = .seconds(5)
        settings.listTimeout = .seconds(5)
        settings.offerTimeout = .seconds(10)
        settings.callTimeout = .seconds(5)
        settings.longestCall = .seconds(20)
        settings.backoff.first = .milliseconds(20)
        settings.backoff.longest = .milliseconds(200)
        settings.stopGrace = .milliseconds(200)
        return settings
    }
}

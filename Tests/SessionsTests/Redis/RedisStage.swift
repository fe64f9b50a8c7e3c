import Logging
import Redis
import TestSupport

@testable import Sessions

/// A store on a server of its own; both end with `body`.
func withRedisStore<Result: Sendable>(
    _ lines: [String] = [],
    configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisSessionStore, RedisServer) async throws -> Result
) async throws -> Result {
    try await RedisServer.with(lines) { server in
        var configuration = try RedisConfiguration(url: server.url)
        // Time-outs that a busy machine keeps.
        configuration.commandTimeoutMilliseconds = 20_000
        configuration.connectTimeoutMilliseconds = 10_000
        configure(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let client = try RedisClient(configuration, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            defer { group.cancelAll() }
            return try await body(RedisSessionStore(client: client), server)
        }
    }
}

import Agent
import Logging
import Redis
import TestSupport

@testable import Sessions

/// A server of its own and stores on it, each with a client of its own, as workers have them.
struct RedisStage: Sendable {
    let server: RedisServer
    let stores: [RedisSessionStore]

    /// The first store.
    var store: RedisSessionStore { stores[0] }

    /// The store of another worker.
    var another: RedisSessionStore { stores[stores.count - 1] }
}

/// Runs `body` with a server and `workers` stores, which end with it.
func withRedisStage<Result: Sendable>(
    workers: Int = 2,
    leaseLength: Duration = .seconds(5),
    runLife: RunLife = RunLife(),
    _ lines: [String] = [],
    configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisStage) async throws -> Result
) async throws -> Result {
    try await RedisServer.with(lines) { server in
        var configuration = try RedisConfiguration(url: server.url)
        // Time-outs that a busy machine keeps.
        configuration.commandTimeoutMilliseconds = 20_000
        configuration.connectTimeoutMilliseconds = 10_000
        configure(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let stores = try (0..<workers).map { _ in
            let client = try RedisClient(configuration, logger: logger)
            return try RedisSessionStore(client: client, leaseLength: leaseLength, runLife: runLife, logger: logger)
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for store in stores {
                group.addTask { await store.client.run() }
                group.addTask { await store.run() }
            }
            defer { group.cancelAll() }
            while try server.subscribers() < workers {
                try Task.checkCancellation()
                await Task.yield()
            }
            return try await body(RedisStage(server: server, stores: stores))
        }
    }
}

/// Runs `body` with a server and one store.
func withRedisStore<Result: Sendable>(
    _ lines: [String] = [],
    configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisSessionStore, RedisServer) async throws -> Result
) async throws -> Result {
    try await withRedisStage(workers: 1, lines, configure: configure) { stage in
        try await body(stage.store, stage.server)
    }
}

extension RedisServer {
    /// How many channels somebody listens to.
    func subscribers() throws -> Int {
        let channels = try ask("PUBSUB CHANNELS parley:worker:*")
        return Int(channels.split(whereSeparator: \.isNewline).first?.dropFirst() ?? "") ?? 0
    }
}

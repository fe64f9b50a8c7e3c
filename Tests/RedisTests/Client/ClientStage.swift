import Foundation
import Logging
import NIOCore
import NIOPosix
import TestSupport

@testable import Redis

/// Runs a client while `body` runs. One event loop unless told otherwise, so that all commands share one connection.
func withClient<Result: Sendable>(
    _ configuration: RedisConfiguration,
    eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton.next(),
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let client = try RedisClient(configuration, eventLoopGroup: eventLoopGroup, logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await client.run() }
        defer { group.cancelAll() }
        return try await body(client)
    }
}

/// The code of the `RedisError` that `body` throws.
func code(_ body: () async throws -> Void) async -> RedisError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? RedisError)?.code
    }
}

/// Asks again until `client` serves; how long that took.
func recovery(of client: RedisClient) async -> Duration {
    let start = ContinuousClock.now
    while await code({ _ = try await client.send(RedisCommand("PING")) }) != nil,
        ContinuousClock.now - start < .seconds(10)
    {
        await Task.yield()
    }
    return ContinuousClock.now - start
}

extension RedisConfiguration {
    /// With time-outs that a busy machine keeps, for tests that are not about them.
    init(patient url: String) throws(RedisError) {
        try self.init(url: url)
        commandTimeoutMilliseconds = 20_000
        connectTimeoutMilliseconds = 10_000
    }
}

extension RedisServer {
    /// Where this server is, for a client of its.
    func configuration(_ change: (inout RedisConfiguration) -> Void = { _ in }) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(patient: url)
        change(&configuration)
        return configuration
    }
}

extension RedisClient {
    /// The reply to `name` with `arguments`, as text.
    func text(_ name: String, _ arguments: any RedisArgument...) async throws -> String {
        try await text([Array(name.utf8)] + arguments.map(\.redisBytes))
    }

    /// The same, asked again for ten seconds: for clients that give a command so little time that it may be over without
    /// any fault of theirs.
    func textAtLast(_ name: String, _ arguments: any RedisArgument...) async throws -> String {
        let words = [Array(name.utf8)] + arguments.map(\.redisBytes)
        let start = ContinuousClock.now
        while true {
            do { return try await text(words) } catch {
                guard ContinuousClock.now - start < .seconds(10) else { throw error }
                await Task.yield()
            }
        }
    }

    private func text(_ words: [[UInt8]]) async throws -> String { try await send(RedisCommand(words)).text() }
}

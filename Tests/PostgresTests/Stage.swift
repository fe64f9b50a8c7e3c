import Foundation
import Logging
import TestSupport

@testable import Postgres

/// Runs a client while `body` runs.
func withClient<Result: Sendable>(
    _ configuration: PostgresConfiguration,
    _ body: (PostgresClient) async throws -> Result
) async throws -> Result {
    let client = try PostgresClient(configuration, logger: .quiet)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await client.run() }
        defer { group.cancelAll() }
        return try await body(client)
    }
}

/// The `PostgresError` that `body` throws.
func failure(_ body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}

/// Asks again until `client` serves; how long that took.
func recovery(of client: PostgresClient) async -> Duration {
    let start = ContinuousClock.now
    while await failure({ _ = try await client.query("SELECT 1") }) != nil, ContinuousClock.now - start < .seconds(20) {
        await Task.yield()
    }
    return ContinuousClock.now - start
}

/// Returns when `isSo` is true of what the server says past the client; `false` after ten seconds.
func eventually(_ isSo: () async throws -> Bool) async throws -> Bool {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < .seconds(10) {
        if try await isSo() { return true }
    }
    return false
}

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

extension PostgresConfiguration {
    /// With time-outs that a busy machine keeps, for tests that are not about them.
    init(patient url: String) throws(PostgresError) {
        try self.init(url: url)
        statementTimeoutMilliseconds = 20_000
        connectTimeoutMilliseconds = 10_000
        waitTimeoutMilliseconds = 20_000
    }
}

extension PostgresServer {
    /// Where this server is, for a client of its.
    func configuration(_ change: (inout PostgresConfiguration) -> Void = { _ in }) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(patient: url)
        change(&configuration)
        return configuration
    }
}

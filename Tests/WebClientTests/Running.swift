import Logging
import WebClient

/// Runs a web client for the length of `use`.
func withClient<Result: Sendable>(
    _ settings: WebClient.Settings = WebClient.Settings(),
    _ use: (WebClient) async throws -> Result
) async throws -> Result {
    let client = WebClient(settings: settings, logger: .quiet)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        return try await use(client)
    }
}

extension ContinuousClock.Instant {
    /// A deadline that no test should reach.
    static var farAway: Self { .now + .seconds(30) }
}

/// The error code of what `work` throws; `nil` when it throws none.
func errorCode(_ work: () async throws(WebError) -> Void) async -> WebError.Code? {
    do throws(WebError) {
        try await work()
        return nil
    } catch {
        return error.code
    }
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

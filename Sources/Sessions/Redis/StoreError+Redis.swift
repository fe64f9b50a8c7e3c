import Agent
import Redis

extension StoreError {
    /// What a caller of the store needs to know of `error`. The message is safe for logs.
    init(_ error: RedisError, file: String = #fileID, line: Int = #line) {
        let code: Code
        let message: String
        switch error.code {
        case .cancelled:
            (code, message) = (.cancelled, "The caller was cancelled.")
        case .commandTooLarge, .replyTooLarge, .server("TOOLARGE"):
            (code, message) = (.tooLarge, "The history, or an event, is too large.")
        case .server("WRONGTYPE"), .unexpectedReply:
            (code, message) = (.unreadable, "What Redis holds there is not ours to read.")
        case .server("OOM"):
            (code, message) = (.full, "Redis is out of memory.")
        case let other:
            (code, message) = (.unavailable, "Redis does not serve: \(other).")
        }
        self.init(code, message, underlying: error, file: file, line: line)
    }
}

/// Runs `body` and throws its error as the store's.
func translatingErrors<Result>(_ body: () throws(RedisError) -> Result) throws(StoreError) -> Result {
    do throws(RedisError) { return try body() } catch { throw StoreError(error) }
}

/// Runs `body` and throws its error as the store's.
func translatingErrors<Result>(_ body: () async throws(RedisError) -> Result) async throws(StoreError) -> Result {
    do throws(RedisError) { return try await body() } catch { throw StoreError(error) }
}

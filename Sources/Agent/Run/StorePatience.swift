import Logging

/// Repeats what the store could not do, while it cannot be reached or is full, and there is time.
struct StorePatience: Sendable {
    let timer: RunTimer
    let logger: Logger

    private static let firstPause = Duration.milliseconds(25)
    private static let longestPause = Duration.milliseconds(400)

    /// What `operation` gives in the end; `nil` when the store refuses for good, or the task is cancelled.
    func insist<Value: Sendable>(
        _ operation: @Sendable () async -> Result<Value, StoreError>
    ) async -> Value? {
        var pause = Self.firstPause
        while true {
            switch await operation() {
            case .success(let value): return value
            case .failure(let error):
                if pause == Self.firstPause || error.code != .unavailable {
                    logger.warning("Turn not stored", metadata: ["error": "\(error)"])
                }
                // One that is full may have room in time.
                guard error.code == .unavailable || error.code == .full else { return nil }
            }
            // Not all workers at the same moment, when the store is back.
            do { try await timer.sleep(timer.now() + pause * Double.random(in: 0.5...1)) } catch { return nil }
            pause = min(pause * 2, Self.longestPause)
        }
    }
}

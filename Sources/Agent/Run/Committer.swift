import Logging

/// Stores a turn's outcome, trying again while there is time, since by now work has been done.
struct Committer: Sendable {
    let store: any SessionStore
    let timer: RunTimer
    let deadline: ContinuousClock.Instant
    let logger: Logger

    private static let firstPause = Duration.milliseconds(25)
    private static let longestPause = Duration.milliseconds(400)

    /// Whether `commit` was stored before the deadline.
    func commit(_ commit: SessionCommit) async -> Bool {
        await timer.bounded(by: deadline) { await commitRepeatedly(commit) } ?? false
    }

    private func commitRepeatedly(_ commit: SessionCommit) async -> Bool {
        var pause = Self.firstPause
        while true {
            do throws(StoreError) {
                try await store.commit(commit)
                return true
            } catch {
                if pause == Self.firstPause || error.code != .unavailable {
                    logger.warning("Turn not stored", metadata: ["error": "\(error)"])
                }
                // A commit replaces the whole history, so that one whose outcome is unknown may be repeated.
                guard error.code == .unavailable else { return false }
            }
            // Not all workers at the same moment, when the store is back.
            do { try await timer.sleep(timer.now() + pause * Double.random(in: 0.5...1)) } catch { return false }
            pause = min(pause * 2, Self.longestPause)
        }
    }
}

import Logging
import Postgres

extension PostgresArchive {
    private static let interval = Duration.seconds(3600)
    /// Turns that are deleted at once.
    private static let portion = 500

    /// Deletes turns that need not be kept any more, soon after the start and then each hour, until cancelled.
    func expire() async {
        var pause = Duration.seconds(1)
        // Not all workers at the same moment.
        while (try? await Task.sleep(for: pause * Double.random(in: 0.5...1.5))) != nil {
            pause = Self.interval
            await expireOnce()
        }
    }

    /// Deletes all that is old enough now.
    func expireOnce() async {
        guard let retentionDays else { return }
        while await expireSome(olderThan: retentionDays) == Self.portion, !Task.isCancelled {}
    }

    /// How many were deleted; `nil` when another worker is at it, or the server cannot be asked.
    private func expireSome(olderThan days: Int) async -> Int? {
        do throws(PostgresError) {
            let row = try await client.query(ArchiveStatements.expire, [.integer(days), .integer(Self.portion)])
                .single()
            return try row.optionalInt(0)
        } catch {
            logger.warning("Archive not tidied: it will be tried again", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

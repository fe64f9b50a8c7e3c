import Agent
import Logging
import Postgres

/// Takes what waits in the outbox to the database, beside other workers that do the same.
///
/// An entry is taken off the outbox only when the database has it, and the database takes it once: whatever dies in between,
/// nothing is lost and nothing is doubled. What a worker took and did not finish is taken over by another one.
struct ArchiveExport: Sendable {
    let client: PostgresClient
    let outbox: RedisOutbox
    let look: ArchiveLook
    let logger: Logger

    /// How long entries gather: a busy worker makes few large statements.
    private static let pace = Duration.milliseconds(50)
    /// How long to wait for news of this worker before looking for those of others.
    private static let idle = Duration.seconds(1)
    /// What was taken so long ago has lost its worker. Should it live all the same, the entries are delivered twice.
    private static let silence = Duration.seconds(15)
    private static let longestPause = Duration.seconds(2)

    /// Goes on until cancelled.
    func run() async {
        var nextTakeover = ContinuousClock.now + Self.silence
        var pause = Self.pace
        while !Task.isCancelled {
            do throws(StoreError) {
                if ContinuousClock.now >= nextTakeover {
                    let abandoned = try await outbox.take(abandonedFor: Self.silence)
                    await archive(abandoned)
                    // There may be more where these came from.
                    if abandoned.isEmpty { nextTakeover = .now + Self.silence / 3 }
                }
                let entries = try await outbox.take()
                await archive(entries)
                if entries.isEmpty, ContinuousClock.now < nextTakeover {
                    await outbox.news.wait(until: .now + Self.idle)
                }
                pause = Self.pace
            } catch {
                pause = min(pause * 2, Self.longestPause)
            }
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
        }
    }

    /// Insists while the database is away: a worker that cannot deliver what it has takes no more.
    private func archive(_ entries: [OutboxEntry]) async {
        var rest = entries
        var pause = Self.pace
        while !rest.isEmpty, !Task.isCancelled {
            rest = await deliver(rest)
            guard !rest.isEmpty else { break }
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Delivers as many as the database takes; those that are to be tried again, since it is away.
    ///
    /// What is too much for one statement is not for several. An entry that fails by itself holds nothing up: what the
    /// database refuses is put aside as it is, what takes it too long stays in the outbox, for a takeover.
    private func deliver(_ entries: [OutboxEntry]) async -> [OutboxEntry] {
        do throws(PostgresError) {
            try await take(entries)
            note(isReachable: true)
            await finish(entries)
            return []
        } catch {
            guard error.isAboutTheStatement else {
                note(isReachable: false, error)
                return entries
            }
            if entries.count > 1 {
                let half = entries.count / 2
                return await deliver(Array(entries.prefix(half))) + deliver(Array(entries.dropFirst(half)))
            }
            logger.error("Entry not archived", metadata: ["id": "\(entries[0].id.text)", "error": "\(error.code)"])
            if error.code != .timeout, await putAside(entries[0]) { await finish(entries) }
            return []
        }
    }

    /// In the order of sessions: two workers that archive the same ones wait for each other and not crosswise.
    private func take(_ entries: [OutboxEntry]) async throws(PostgresError) {
        let sorted = entries.sorted { $0.bytes.prefix(160).lexicographicallyPrecedes($1.bytes.prefix(160)) }
        _ = try await client.query(
            ArchiveStatements.take,
            [.array(sorted.map(\.id.position)), .array(sorted.map(\.turn)), .array(sorted.map(\.bytes))]
        )
    }

    private func putAside(_ entry: OutboxEntry) async -> Bool {
        let row = try? await client.query(
            ArchiveStatements.putAside,
            [.integer(entry.id.position), .bytes(entry.bytes)]
        )
        return row != nil
    }

    /// One that fails is delivered again, which changes nothing.
    private func finish(_ entries: [OutboxEntry]) async {
        do throws(StoreError) { try await outbox.finish(entries) } catch {
            logger.debug("Outbox not told", metadata: ["error": "\(error)"])
        }
    }

    private func note(isReachable: Bool, _ error: PostgresError? = nil) {
        let before = look.note { $0.isReachable = isReachable }
        guard let error, before.isReachable else { return }
        logger.warning("Archive out of reach: turns wait in the outbox", metadata: ["error": "\(error)"])
    }
}

extension PostgresError {
    /// Whether another statement may succeed where this one did not.
    fileprivate var isAboutTheStatement: Bool {
        switch code {
        case .timeout, .invalidParameter: return true
        case .server:
            // Conflicts with others, and what a server says that starts, ends or has no room.
            let passing = ["40", "53", "55", "57", "58", "08", "25", "3F", "42"]
            return !passing.contains { sqlState?.hasPrefix($0) ?? true }
        default: return false
        }
    }
}

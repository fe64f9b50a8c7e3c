import Agent
import Logging
import Metrics
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
    /// What was taken so long ago has lost its worker. Nobody holds entries for longer than ``mostPatience``.
    private static let silence = Duration.seconds(15)
    private static let mostPatience = Duration.seconds(10)
    private static let longestPause = Duration.seconds(2)
    /// A lag that the log tells of.
    private static let notableLag = 60

    /// Goes on until cancelled.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await export() }
            group.addTask { await watch() }
        }
    }

    private func export() async {
        var lastTakeover = ContinuousClock.now
        var pause = Self.pace
        while !Task.isCancelled {
            do throws(StoreError) {
                var entries = try await outbox.take()
                if entries.isEmpty, ContinuousClock.now > lastTakeover + Self.silence / 3 {
                    lastTakeover = .now
                    entries = try await outbox.take(abandonedFor: Self.silence)
                }
                if entries.isEmpty {
                    await outbox.news.wait(until: .now + Self.idle)
                } else {
                    await archive(entries)
                }
                pause = Self.pace
            } catch {
                pause = min(pause * 2, Self.longestPause)
            }
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
        }
    }

    /// Insists while the database is away, but not for so long that the entries could be somebody else's by then.
    private func archive(_ entries: [OutboxEntry]) async {
        let end = ContinuousClock.now + Self.mostPatience
        var pause = Self.pace
        while !Task.isCancelled, ContinuousClock.now < end {
            do throws(PostgresError) {
                try await deliver(entries)
                look.note { $0.isReachable = true }
                await finish(entries)
                return
            } catch {
                if look.note({ $0.isReachable = false }).isReachable {
                    logger.warning("Archive out of reach: turns wait in the outbox", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func deliver(_ entries: [OutboxEntry]) async throws(PostgresError) {
        do throws(PostgresError) { try await take(entries) } catch {
            // What is too much for one statement is not for several.
            guard error.code == .timeout, entries.count > 1 else { throw error }
            try await deliver(Array(entries.prefix(entries.count / 2)))
            try await deliver(Array(entries.dropFirst(entries.count / 2)))
        }
    }

    /// In the order of sessions: two workers that archive the same ones wait for each other and not crosswise.
    private func take(_ entries: [OutboxEntry]) async throws(PostgresError) {
        let sorted = entries.sorted { $0.bytes.prefix(160).lexicographicallyPrecedes($1.bytes.prefix(160)) }
        _ = try await client.query(
            ArchiveStatements.take,
            [
                .array(sorted.map(\.id.position)), .array(sorted.map(\.turn)), .array(sorted.map(\.bytes)),
            ]
        )
    }

    /// One that fails is delivered again, which changes nothing.
    private func finish(_ entries: [OutboxEntry]) async {
        do throws(StoreError) { try await outbox.finish(entries) } catch {
            logger.debug("Outbox not told", metadata: ["error": "\(error)"])
        }
    }

    /// Looks at the outbox now and then, and says when it is full or far behind.
    private func watch() async {
        var isTold = false
        while !Task.isCancelled {
            if let seen = try? await outbox.status() {
                let before = look.note { status in
                    status.waiting = seen.waiting
                    status.lagSeconds = seen.lagSeconds
                    status.dropped = seen.dropped
                }
                Gauge(label: "parley_archive_waiting").record(seen.waiting)
                Gauge(label: "parley_archive_lag_seconds").record(seen.lagSeconds)
                Gauge(label: "parley_archive_dropped").record(seen.dropped)
                if seen.dropped > before.dropped {
                    logger.error(
                        "Outbox full: turns are missing in the archive",
                        metadata: ["dropped": "\(seen.dropped)"]
                    )
                }
                if seen.lagSeconds >= Self.notableLag, !isTold {
                    logger.warning("Archive is behind", metadata: ["seconds": "\(seen.lagSeconds)"])
                }
                isTold = seen.lagSeconds >= Self.notableLag
            }
            try? await Task.sleep(for: Self.idle * 2)
        }
    }
}

import Agent
import Logging
import Metrics
import Postgres

extension PostgresArchive {
    private static let lookEvery = Duration.seconds(2)
    /// A lag that the log tells of, in seconds.
    private static let notableLag = 60

    /// Looks at the outbox and at the database now and then, and says when the archive is full or far behind; until cancelled.
    func watch() async {
        var isTold = false
        // What was dropped before this worker began was told then.
        var dropped: Int?
        while !Task.isCancelled {
            if let seen = try? await outbox?.status() {
                look.note { status in
                    status.waiting = seen.waiting
                    status.lagSeconds = seen.lagSeconds
                    status.dropped = seen.dropped
                }
                if seen.dropped > dropped ?? seen.dropped {
                    logger.error(
                        "Outbox full: turns are missing in the archive",
                        metadata: ["dropped": "\(seen.dropped)"]
                    )
                }
                dropped = seen.dropped
                if seen.lagSeconds >= Self.notableLag, !isTold {
                    logger.warning("Archive is behind", metadata: ["seconds": "\(seen.lagSeconds)"])
                }
                isTold = seen.lagSeconds >= Self.notableLag
            }
            let isReachable = (try? await client.query("SELECT 1")) != nil
            look.note { $0.isReachable = isReachable }
            let status = look.status
            Gauge(label: "parley_archive_waiting").record(status.waiting)
            Gauge(label: "parley_archive_lag_seconds").record(status.lagSeconds)
            Gauge(label: "parley_archive_dropped").record(status.dropped)
            try? await Task.sleep(for: Self.lookEvery)
        }
    }
}

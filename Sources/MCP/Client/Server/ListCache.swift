import Agent
import Synchronization

/// One server's tool lists: one for everybody, or one for each user where the server knows them.
final class ListCache: Sendable {
    struct Entry: Sendable {
        var catalog: ToolCatalog
        /// The server's ``ChangeCount`` when it was asked.
        var change: Int
        var goodUntil: ContinuousClock.Instant
    }

    private let entries = Mutex<[String: Entry]>([:])
    let flights = SingleFlight<String, ToolCatalog>()

    /// The list, if it is young enough and nothing has changed since.
    func catalog(for key: String, change: Int, at now: ContinuousClock.Instant) -> ToolCatalog? {
        entries.withLock { entries in
            guard let entry = entries[key], entry.change == change, entry.goodUntil > now else { return nil }
            return entry.catalog
        }
    }

    /// Keeps `entry`; where there are `limit`, the one that is good for the shortest time goes.
    func keep(_ entry: Entry, for key: String, limit: Int) {
        entries.withLock { entries in
            if entries[key] == nil, entries.count >= limit,
                let oldest = entries.min(by: { $0.value.goodUntil < $1.value.goodUntil })
            {
                entries[oldest.key] = nil
            }
            entries[key] = entry
        }
    }

    /// The list is asked for again next time.
    func forget(_ key: String) { entries.withLock { $0[key] = nil } }
}

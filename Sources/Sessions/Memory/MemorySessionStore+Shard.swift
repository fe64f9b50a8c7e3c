import Synchronization

extension MemorySessionStore {
    /// One part of the sessions and its lock.
    final class Shard: Sendable {
        let table: Mutex<ByteStore>

        init(_ table: consuming sending ByteStore) {
            self.table = Mutex(table)
        }

        /// How many sessions are looked at before others get the lock: 0.3 ms when all of them have expired.
        private static let stride = 1024

        /// Looks at some sessions and removes the expired ones; the next call looks at the next ones.
        func sweepSome(now: Int) {
            _ = table.withLock { $0.sweep(now: now, most: Self.stride) }
        }

        /// Removes all sessions that had expired at `now`; how many.
        func sweepAll(now: Int) -> Int {
            table.withLock { $0.rewind() }
            var removed = 0
            while true {
                let swept = table.withLock { $0.sweep(now: now, most: Self.stride) }
                removed += swept.removed
                if swept.finished { return removed }
            }
        }
    }
}

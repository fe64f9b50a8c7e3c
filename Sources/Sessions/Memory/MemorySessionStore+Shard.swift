import Agent
import Synchronization

extension MemorySessionStore {
    /// One part of the sessions and its lock.
    final class Shard: Sendable {
        private let state: Mutex<ShardState>

        init(_ state: consuming sending ShardState) {
            self.state = Mutex(state)
        }

        /// How many sessions are looked at before others get the lock: 0.3 ms when all of them have expired.
        static let stride = 1024

        /// Runs `body` under the lock, and raises afterwards the signals that it named.
        func withState<Result: Sendable>(
            _ body: @Sendable (inout ShardState, inout [Signal]) throws(StoreError) -> Result
        ) throws(StoreError) -> Result {
            let (result, signals) = state.withLock { state in
                var signals: [Signal] = []
                let result = Swift.Result { () throws(StoreError) in try body(&state, &signals) }
                return (result, signals)
            }
            for signal in signals { signal.raise() }
            return try result.get()
        }

        /// Looks at some sessions and removes the expired ones; the next call looks at the next ones.
        func sweepSome(now: Int) {
            try? withState { state, signals in
                state.tick(now: now, raising: &signals)
                _ = state.table.sweep(now: now, most: Self.stride)
            }
        }

        /// Removes all sessions that had expired at `now`; how many.
        func sweepAll(now: Int) -> Int {
            state.withLock { $0.table.rewind() }
            var removed = 0
            while true {
                let swept = state.withLock { $0.table.sweep(now: now, most: Self.stride) }
                removed += swept.removed
                if swept.finished { return removed }
            }
        }

        /// How many sessions are held that had expired at `now`.
        func countExpired(now: Int) -> Int {
            var count = 0
            var cursor: UInt64 = 0
            repeat {
                cursor = state.withLock { state in
                    state.table.walk(from: cursor, buckets: Self.stride) { _, _, deadline in
                        if deadline <= now { count += 1 }
                        return true
                    }
                }
            } while cursor != 0
            return count
        }

        /// The sessions of some buckets, beginning at `cursor`, and where to go on, 0 at the end: once there are `enough`,
        /// or many buckets have been looked at.
        func list(from cursor: UInt64, of owner: Principal?, enough: Int, now: Int) -> ([SessionSummary], next: UInt64)
        {
            state.withLock { state in
                var found: [SessionSummary] = []
                let next = state.table.walk(from: cursor, buckets: Self.stride) { key, value, deadline in
                    guard deadline > now, let session = SessionID(String(decoding: key, as: UTF8.self)) else {
                        return true
                    }
                    let summary = state.summary(of: session, value, deadline: deadline, now: now)
                    if summary.isOwned(by: owner) { found.append(summary) }
                    return found.count < enough
                }
                return (found, next)
            }
        }

        /// What a list tells of one session; `nil` when it is gone.
        func summary(of session: SessionID, now: Int) -> SessionSummary? {
            state.withLock { $0.summary(of: session, now: now) }
        }

        var bytes: Int { state.withLock { $0.bytes } }
        var count: Int { state.withLock { $0.table.count } }
        func waiting(for session: SessionID) -> Int { state.withLock { $0.waiting(for: session) } }
    }
}

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
        private static let stride = 1024

        /// Runs `body` under the lock, and rings afterwards whom it named.
        func withState<Result: Sendable>(
            _ body: @Sendable (inout ShardState, inout [Bell]) throws(StoreError) -> Result
        ) throws(StoreError) -> Result {
            let (result, bells) = state.withLock { state in
                var bells: [Bell] = []
                let result = Swift.Result { () throws(StoreError) in try body(&state, &bells) }
                return (result, bells)
            }
            for bell in bells { bell.ring() }
            return try result.get()
        }

        /// Looks at some sessions and removes the expired ones; the next call looks at the next ones.
        func sweepSome(now: Int) {
            try? withState { state, bells in
                state.tick(now: now, ringing: &bells)
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

        var bytes: Int { state.withLock { $0.bytes } }
        var count: Int { state.withLock { $0.table.count } }
        func waiting(for session: SessionID) -> Int { state.withLock { $0.waiting(for: session) } }
    }
}

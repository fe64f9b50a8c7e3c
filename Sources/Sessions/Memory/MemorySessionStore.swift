package import Agent
import Synchronization

/// Sessions in the memory of one worker: they end with it, and no other worker sees them.
///
/// Holds at most `ceiling` bytes, and makes room by forgetting the sessions that were not used for longest. Ids are
/// spread over shards by a hash that nobody outside can predict. Each shard has a lock of its own, which is held for one
/// look into a table and one copy.
package struct MemorySessionStore: SessionStore {
    /// Milliseconds since 1970, UTC.
    package typealias Clock = @Sendable () -> Int

    package static let defaultCeiling = 268_435_456

    package let name = "memory"
    private let shards: [Shard]
    private let now: Clock

    /// - Parameters:
    ///   - ceiling: bytes for all sessions together, everything that they cost counted. The shards share it evenly; a
    ///     history takes three quarters of a shard's part at the most.
    ///   - now: the clock by which sessions expire.
    /// - Throws: `.full` when `ceiling` is below 4 KiB, or memory is lacking.
    package init(ceiling: Int = defaultCeiling, now: @escaping Clock = systemMilliseconds) throws(StoreError) {
        try self.init(ceiling: ceiling, shards: Self.shards(for: ceiling), now: now)
    }

    /// - Parameter shards: a power of two.
    init(ceiling: Int, shards: Int, now: @escaping Clock) throws(StoreError) {
        precondition(shards > 0 && shards & (shards - 1) == 0, "the number of shards is a power of two")
        var made: [Shard] = []
        for _ in 0..<shards { made.append(Shard(try ByteStore(ceiling: ceiling / shards))) }
        self.shards = made
        self.now = now
    }

    package func begin(_ session: SessionID) async throws(StoreError) -> StoredSession? { try await load(session) }

    package func load(_ session: SessionID) async throws(StoreError) -> StoredSession? {
        try refuseWhenCancelled()
        let now = now()
        return shard(of: session).table.withLock { table in
            table.get(session, now: now) { value, deadline in
                StoredSession(
                    history: SessionRecord.history(in: value),
                    meta: SessionRecord.meta(in: value),
                    // Rounded up: a session that is there has at least a second.
                    expiresIn: (deadline - now + 999) / 1000
                )
            }
        }
    }

    package func commit(_ commit: SessionCommit) async throws(StoreError) {
        try refuseWhenCancelled()
        let now = now()
        let deadline = now.addingCapped(commit.timeToLive.multipliedCapped(by: 1000))
        try shard(of: commit.session).table.withLock { table throws(StoreError) in
            let before = table.get(commit.session, now: now) { value, _ in SessionRecord.meta(in: value) }
            let meta = SessionMeta(
                turns: (before?.turns ?? 0) + 1,
                createdAt: before?.createdAt ?? now / 1000,
                updatedAt: now / 1000
            )
            try SessionRecord.withHead(of: meta) { head throws(StoreError) in
                try commit.history.withUnsafeBufferPointer { history throws(StoreError) in
                    let body = UnsafeRawBufferPointer(history)
                    try table.set(commit.session, head: head, body: body, deadline: deadline, now: now)
                }
            }
        }
    }

    package func clear(_ session: SessionID) async throws(StoreError) {
        try refuseWhenCancelled()
        let now = now()
        _ = shard(of: session).table.withLock { $0.remove(session, now: now) }
    }

    package func cleanup() async throws(StoreError) -> Int {
        try refuseWhenCancelled()
        return shards.reduce(0) { $0 + $1.sweepAll(now: now()) }
    }

    package func check() async throws(StoreError) {
        try refuseWhenCancelled()
    }

    /// Looks for expired sessions a little further, in each shard: what `run` does from time to time.
    func sweep() {
        for shard in shards { shard.sweepSome(now: now()) }
    }

    /// Bytes that the store holds, never above its ceiling.
    var bytes: Int { shards.reduce(0) { $0 + $1.table.withLock { $0.bytes } } }

    /// Sessions that the store holds, expired ones included that it has not yet met.
    var count: Int { shards.reduce(0) { $0 + $1.table.withLock { $0.count } } }

    /// No call here waits for anything; but a cancelled one is told so, as it is by a store that does.
    private func refuseWhenCancelled() throws(StoreError) {
        if Task.isCancelled { throw StoreError(.cancelled, "The caller was cancelled.") }
    }

    private func shard(of session: SessionID) -> Shard {
        // Swift's hash is keyed anew in each process.
        shards[session.hashValue & (shards.count - 1)]
    }

    /// 16, but fewer where a shard would be too small for long histories.
    private static func shards(for ceiling: Int) -> Int {
        var shards = 16
        while shards > 1, ceiling / shards < 4_194_304 { shards /= 2 }
        return shards
    }
}

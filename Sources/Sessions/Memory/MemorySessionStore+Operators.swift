package import Agent

extension MemorySessionStore {
    /// How many buckets of the tables one page looks at: a few milliseconds.
    private static let bucketsPerPage = 65_536

    /// Goes through the shards and their buckets; a position is a shard's number, and a bucket in the lower 48 bits.
    package func list(_ query: SessionQuery) async throws(StoreError) -> SessionPage {
        try refuseWhenCancelled()
        let now = now()
        let start = query.cursor ?? SessionCursor(position: 0)
        var found = start.met.compactMap { session in
            shard(of: .session(session)).summary(of: session, now: now).flatMap {
                $0.isOwned(by: query.owner) ? $0 : nil
            }
        }
        var position = start.position
        for _ in 0..<Self.bucketsPerPage / Shard.stride {
            guard let current = position, found.count < query.limit else { break }
            let shard = Int(current >> 48)
            guard shard < shards.count else {
                // No cursor of this store's.
                position = nil
                break
            }
            let enough = query.limit - found.count
            let (sessions, next) = shards[shard].list(
                from: current & (1 << 48 - 1),
                of: query.owner,
                enough: enough,
                now: now
            )
            found += sessions
            if next != 0 {
                position = UInt64(shard) << 48 | next
            } else {
                position = shard + 1 < shards.count ? UInt64(shard + 1) << 48 : nil
            }
        }
        return SessionPage(found, upTo: query.limit, next: position)
    }

    package func cleanup(dryRun: Bool) async throws(StoreError) -> Int {
        try refuseWhenCancelled()
        return shards.reduce(0) { count, shard in
            count + (dryRun ? shard.countExpired(now: now()) : shard.sweepAll(now: now()))
        }
    }
}

extension SessionSummary {
    /// Of what the table holds of a session and what is known of its turns under way.
    init(
        _ session: SessionID,
        record: UnsafeRawBufferPointer,
        deadline: Int,
        control: SessionControl?,
        now: Int
    ) {
        let stored = SessionRecord(in: record)
        self.init(
            session: session,
            owner: stored.kept.owner,
            turns: stored.meta.turns,
            createdAt: stored.meta.createdAt,
            updatedAt: stored.meta.updatedAt,
            expiresIn: (deadline - now).addingCapped(999) / 1000,
            bytes: SessionRecord.historySize(of: record),
            activeRun: control?.activeRun(now: now)?.text,
            waiting: control?.waitingCount ?? 0
        )
    }
}

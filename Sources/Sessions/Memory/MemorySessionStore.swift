package import Agent

/// Sessions in the memory of one worker: they end with it, and no other worker sees them.
///
/// Holds at most `ceiling` bytes, and makes room by forgetting the sessions that lay unused, the oldest first; those with a
/// turn under way stay. Ids are spread over shards by a hash that nobody outside can predict. Each shard has a lock of its
/// own, which is held for one decision and one copy. A quarter of the bytes is for runs and their events.
package struct MemorySessionStore: SessionStore {
    /// Milliseconds since 1970, UTC.
    package typealias Clock = @Sendable () -> Int

    package static let defaultCeiling = 268_435_456

    package let name = "memory"
    let now: Clock
    let limits: SessionControl.Limits
    let shards: [Shard]
    /// The runs of the sessions, and those without one: a clear drops them, and the service removes what has had its time.
    package let runs: MemoryRunStore

    /// - Parameters:
    ///   - ceiling: bytes for all sessions and runs together, everything that they cost counted. The shards share three
    ///     quarters of it evenly; a history takes three quarters of a shard's part at the most.
    ///   - leaseLength: how long a lease lasts that is not renewed.
    ///   - retention: longer than any run: a session lives at least so long after a turn has begun, and a clear is
    ///     remembered so long.
    ///   - runLife: how long runs and their events are known.
    ///   - now: the clock by which sessions expire and leases end.
    /// - Throws: `.full` when `ceiling` is below 6 KiB, or memory is lacking.
    package init(
        ceiling: Int = defaultCeiling,
        leaseLength: Duration = .seconds(5),
        retention: Duration = .seconds(120),
        runLife: RunLife = RunLife(),
        now: @escaping Clock = systemMilliseconds
    ) throws(StoreError) {
        var limits = SessionControl.Limits()
        limits.leaseLength = leaseLength.milliseconds
        limits.retention = retention.milliseconds
        let forRuns = ceiling / 4
        try self.init(
            ceiling: ceiling - forRuns,
            shards: Self.shards(for: ceiling - forRuns),
            limits: limits,
            runs: MemoryRunStore(ceiling: forRuns, life: runLife, retention: retention, now: now),
            now: now
        )
    }

    /// - Parameters:
    ///   - ceiling: bytes for the sessions alone.
    ///   - shards: a power of two.
    init(
        ceiling: Int,
        shards: Int,
        limits: SessionControl.Limits = SessionControl.Limits(),
        runs: MemoryRunStore = MemoryRunStore(),
        now: @escaping Clock
    ) throws(StoreError) {
        precondition(shards > 0 && shards & (shards - 1) == 0, "the number of shards is a power of two")
        var made: [Shard] = []
        for _ in 0..<shards { made.append(Shard(try ShardState(ceiling: ceiling / shards, limits: limits))) }
        self.shards = made
        self.limits = limits
        self.runs = runs
        self.now = now
    }

    package func answer(to request: Idempotency, in scope: TurnScope) async throws(StoreError) -> [UInt8]? {
        try refuseWhenCancelled()
        let now = now()
        let place = TurnPlace(scope, key: request)
        return try shard(of: place).withState { state, _ in
            state.control(of: place, now: now).answer(to: request, now: now)
        }
    }

    package func load(_ session: SessionID, for caller: Caller) async throws(StoreError) -> StoredSession? {
        try refuseWhenCancelled()
        let now = now()
        return try shard(of: .session(session)).withState { state, _ in
            guard state.control(of: .session(session), now: now).isOpen(to: caller, now: now) else { return nil }
            return state.table.session(session, now: now)?.stored
        }
    }

    package func clear(_ session: SessionID, for caller: Caller) async throws(StoreError) -> Bool {
        try refuseWhenCancelled()
        let now = now()
        let place = TurnPlace.session(session)
        let (wasThere, begun) = try shard(of: place).withState { state, signals throws(StoreError) in
            try state.update(place, now: now, raising: &signals) { control, table in
                guard control.isOpen(to: caller, now: now) else { return (false, Set<RunID>()) }
                // Those that begin later stay; one that has just begun is perhaps not recorded yet.
                let begun = runs.runs(of: session, for: caller).union(control.activeRun(now: now).map { [$0] } ?? [])
                let wasActive = control.isActive(now: now) || !control.openJournal(now: now).isEmpty
                let wasStored = table.remove(session, now: now)
                if wasStored || !control.isIdle(now: now) { control.clear(now: now) }
                return (wasStored || wasActive, begun)
            }
        }
        runs.drop(begun)
        return wasThere
    }

    package func forget(_ principal: Principal) async throws(StoreError) -> Int {
        try refuseWhenCancelled()
        var cleared = 0
        var query = SessionQuery(owner: principal, limit: 1000)
        repeat {
            let page = try await list(query)
            for session in page.sessions where try await clear(session.session, for: .principal(principal)) {
                cleared += 1
            }
            query.cursor = page.cursor
        } while query.cursor != nil
        for shard in shards {
            let begun = try shard.withState { state, _ in state.forget(principal) }
            for session in begun where try await clear(session, for: .principal(principal)) { cleared += 1 }
        }
        runs.drop(runs.runs(of: principal))
        return cleared
    }

    package func check() async throws(StoreError) {
        try refuseWhenCancelled()
    }

    /// Looks for expired sessions a little further, in each shard: what `run` does from time to time.
    func sweep() {
        for shard in shards { shard.sweepSome(now: now()) }
        runs.sweep()
    }

    /// Bytes that the store holds, what turns under way cost included.
    var bytes: Int { shards.reduce(0) { $0 + $1.bytes } }

    /// Sessions that the store holds, expired ones included that it has not yet met.
    var count: Int { shards.reduce(0) { $0 + $1.count } }

    /// How many runs wait for the session's lease.
    func waiting(for session: SessionID) -> Int { shard(of: .session(session)).waiting(for: session) }

    func shard(of place: TurnPlace) -> Shard {
        // Swift's hash is keyed anew in each process.
        shards[place.hashValue & (shards.count - 1)]
    }

    /// 16, but fewer where a shard would be too small for long histories.
    private static func shards(for ceiling: Int) -> Int {
        var shards = 16
        while shards > 1, ceiling / shards < 4_194_304 { shards /= 2 }
        return shards
    }
}

extension StoreError {
    static var callerCancelled: StoreError { StoreError(.cancelled, "The caller was cancelled.") }
}

/// What waits for nothing notices a cancellation at its start only.
func refuseWhenCancelled() throws(StoreError) {
    if Task.isCancelled { throw .callerCancelled }
}

extension Duration {
    /// Whole milliseconds, the nearest number that there is.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(clamping: seconds).multipliedCapped(by: 1000).addingCapped(Int(attoseconds / 1_000_000_000_000_000))
    }
}

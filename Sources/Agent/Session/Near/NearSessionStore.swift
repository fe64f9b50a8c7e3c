/// A store that tells this worker's near cache what it is asked to forget. All else is the store's own.
package struct NearSessionStore: SessionStore {
    private let store: any SessionStore
    private let cache: NearCache

    package init(_ store: any SessionStore, cache: NearCache) {
        self.store = store
        self.cache = cache
    }

    package var name: String { store.name }

    package func clear(_ session: SessionID, for caller: Caller) async throws(StoreError) -> Bool {
        // Also when that fails: it may be done all the same.
        defer { cache.drop(session) }
        return try await store.clear(session, for: caller)
    }

    package func forget(_ principal: Principal) async throws(StoreError) -> Int {
        defer { cache.drop(ownedBy: principal) }
        return try await store.forget(principal)
    }

    package func begin(_ claim: TurnClaim) async throws(StoreError) -> TurnAdmission { try await store.begin(claim) }

    package func hold(_ lease: Lease) async -> LeaseEnd? { await store.hold(lease) }

    package func append(_ entries: [[UInt8]], to lease: Lease, timeToLive: Int) async throws(StoreError) -> LeaseEnd? {
        try await store.append(entries, to: lease, timeToLive: timeToLive)
    }

    package func commit(_ record: TurnRecord) async throws(StoreError) -> CommitVerdict {
        try await store.commit(record)
    }

    package func abandon(_ lease: Lease) async throws(StoreError) { try await store.abandon(lease) }

    package func answer(to request: Idempotency, in scope: TurnScope) async throws(StoreError) -> [UInt8]? {
        try await store.answer(to: request, in: scope)
    }

    package func load(_ session: SessionID, for caller: Caller) async throws(StoreError) -> StoredSession? {
        try await store.load(session, for: caller)
    }

    package func list(_ query: SessionQuery) async throws(StoreError) -> SessionPage { try await store.list(query) }

    package func cleanup(dryRun: Bool) async throws(StoreError) -> Int { try await store.cleanup(dryRun: dryRun) }

    package func check() async throws(StoreError) { try await store.check() }
}

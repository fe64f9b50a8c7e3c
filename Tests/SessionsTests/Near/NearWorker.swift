import Agent
import Logging
import Synchronization
import TestSupport

@testable import Sessions

/// A worker's runs over a store, with a near cache, and a model that echoes.
struct NearWorker: Sendable {
    let cache: NearCache
    let near: NearSessionStore
    let store: WatchedStore
    let model: EchoingModel
    private let runner: Runner

    init(_ store: any SessionStore, cacheBytes: Int = NearCache.defaultBytes, maxTokens: Int = 1_000_000) {
        cache = NearCache(mostBytes: cacheBytes)
        self.store = WatchedStore(store)
        near = NearSessionStore(self.store, cache: cache)
        model = EchoingModel()
        runner = Runner(
            model: model,
            tools: ScriptedTools(),
            store: near,
            near: cache,
            settings: RunSettings(historyMaxTokens: maxTokens),
            codec: SummaryCodec()
        )
    }

    /// What the run answers.
    func run(_ prompt: String, in session: SessionID) async throws -> String {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let reply = try await runner.run(.example(prompt, session: session.text), logger: logger)
        return String(decoding: reply.bytes, as: UTF8.self)
    }
}

/// A model that repeats the last prompt, and keeps nothing of what it was asked.
final class EchoingModel: ModelClient {
    let name = "echo"
    private let hook = Mutex<(@Sendable () async throws -> Void)?>(nil)

    /// Happens while the next answer is awaited.
    func meanwhile(_ body: @escaping @Sendable () async throws -> Void) { hook.withLock { $0 = body } }

    func answer(_ request: ModelRequest) async throws(ModelError) -> ModelAnswer {
        do { try await hook.withLock { $0.take() }?() } catch { throw ModelError(.unavailable, "\(error)") }
        let content = request.conversation.messages.last.map { request.conversation.bytes[$0.content] } ?? []
        return .saying("re: " + String(decoding: content.dropFirst().dropLast(), as: UTF8.self))
    }
}

/// A store that counts how often it left out a history that was known.
final class WatchedStore: SessionStore {
    private let store: any SessionStore
    private let count = Atomic(0)

    init(_ store: any SessionStore) { self.store = store }

    var hits: Int { count.load(ordering: .relaxed) }
    var name: String { store.name }

    func begin(_ claim: TurnClaim) async throws(StoreError) -> TurnAdmission {
        let admission = try await store.begin(claim)
        if case .begun(let basis) = admission, basis.isUnchanged { count.add(1, ordering: .relaxed) }
        return admission
    }

    func hold(_ lease: Lease) async -> LeaseEnd? { await store.hold(lease) }

    func append(_ entries: [[UInt8]], to lease: Lease, timeToLive: Int) async throws(StoreError) -> LeaseEnd? {
        try await store.append(entries, to: lease, timeToLive: timeToLive)
    }

    func commit(_ record: TurnRecord) async throws(StoreError) -> CommitVerdict { try await store.commit(record) }
    func abandon(_ lease: Lease) async throws(StoreError) { try await store.abandon(lease) }

    func answer(to request: Idempotency, in scope: TurnScope) async throws(StoreError) -> [UInt8]? {
        try await store.answer(to: request, in: scope)
    }

    func load(_ session: SessionID, for caller: Caller) async throws(StoreError) -> StoredSession? {
        try await store.load(session, for: caller)
    }

    func clear(_ session: SessionID, for caller: Caller) async throws(StoreError) -> Bool {
        try await store.clear(session, for: caller)
    }

    func forget(_ principal: Principal) async throws(StoreError) -> Int { try await store.forget(principal) }
    func list(_ query: SessionQuery) async throws(StoreError) -> SessionPage { try await store.list(query) }
    func cleanup(dryRun: Bool) async throws(StoreError) -> Int { try await store.cleanup(dryRun: dryRun) }
    func check() async throws(StoreError) { try await store.check() }
}

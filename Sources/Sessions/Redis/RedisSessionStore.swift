package import Agent
package import Logging
package import Redis
import ServiceLifecycle

/// Sessions in Redis 7.0 or later, shared by all workers. The history is exactly what any other program can read and
/// write: `session:<id>`, a JSON array, by SETEX; what else is known lies beside it, see `SessionKeys`.
///
/// Each operation is one script, decided by what Redis holds and by its clock. A run that waits or holds is told to ask
/// again over Pub/Sub, on a channel of this worker.
package struct RedisSessionStore: SessionStore, Service {
    package let name = "redis"
    let client: RedisClient
    let scripts = SessionScripts()
    let maximumHistoryBytes: Int
    let leaseMilliseconds: Int
    let stretchMilliseconds: Int
    /// Which worker this is, in the leases and the queues: new with each store.
    let worker: String
    let board: SignalBoard
    let lostClaims = LostClaims()
    private let subscriber: RedisSubscriber

    /// Runs only what it needs besides: `client` must be run as a service of its own.
    ///
    /// - Parameters:
    ///   - leaseLength: how long a run that is not heard of keeps its session.
    ///   - turnStretch: how long a session lives at least from the begin of a turn, and the mark of a clear: the longest
    ///     turn and a lease.
    ///   - maximumHistoryBytes: the largest history that is taken or given, at most half of the client's own limits for
    ///     commands and replies: a reply beyond those would cost the connection all other replies.
    /// - Throws: `.invalidConfiguration`, as the client does.
    package init(
        client: RedisClient,
        leaseLength: Duration = .seconds(5),
        turnStretch: Duration = .seconds(120),
        maximumHistoryBytes: Int = 16 * 1024 * 1024,
        logger: Logger
    ) throws(RedisError) {
        self.client = client
        let limits = client.configuration
        self.maximumHistoryBytes = min(
            maximumHistoryBytes,
            limits.maximumReplyBytes / 2,
            limits.maximumCommandBytes / 2
        )
        leaseMilliseconds = max(1, Int(leaseLength / .milliseconds(1)))
        stretchMilliseconds = max(1, Int(turnStretch / .milliseconds(1)))
        worker = String(UInt64.random(in: .min ... .max), radix: 36)
        let board = SignalBoard()
        self.board = board
        subscriber = try RedisSubscriber(limits, channel: SignalBoard.channel(of: worker), logger: logger) { event in
            board.heard(event)
        }
    }

    /// Listens for signals, and gives back what Redis grants too late, until the service is shut down or cancelled.
    /// Without it turns wait longer, and no worse.
    package func run() async {
        await withTaskGroup { group in
            group.addTask { await subscriber.run() }
            group.addTask { await cancelWhenGracefulShutdown { await giveLostClaimsBack() } }
        }
    }

    package func answer(to request: Idempotency, in scope: TurnScope) async throws(StoreError) -> [UInt8]? {
        let key =
            switch scope {
            case .session(let session): SessionKeys(session).record(request)
            case .principal(let principal): SingleTurnKeys(principal, request).record
            }
        let reply = try await eval(scripts.answer, [key], [request.request])
        return try translatingErrors { () throws(RedisError) in try reply.optionalBytes() }
    }

    package func load(_ session: SessionID, for caller: Caller) async throws(StoreError) -> StoredSession? {
        let keys = SessionKeys(session)
        let reply = try await eval(
            scripts.load,
            [keys.history, keys.meta, keys.lease],
            [maximumHistoryBytes, caller.restriction]
        )
        return try translatingErrors { () throws(RedisError) in
            reply == .null ? nil : try StoredSession(try reply.array()[...])
        }
    }

    package func clear(_ session: SessionID, for caller: Caller) async throws(StoreError) -> Bool {
        let keys = SessionKeys(session)
        let reply = try await eval(
            scripts.clear,
            [keys.history, keys.meta, keys.lease, keys.waiting, keys.records, keys.journal],
            [caller.restriction, stretchMilliseconds]
        )
        return try translatingErrors { () throws(RedisError) in try reply.integer() == 1 }
    }

    /// Whether Redis would take a commit now: asks it to run a script that might write, and does not.
    package func check() async throws(StoreError) { _ = try await eval(scripts.check, [], []) }

    func eval(
        _ script: RedisScript,
        _ keys: [String],
        _ arguments: [any RedisArgument]
    ) async throws(StoreError) -> RedisReply {
        try await translatingErrors { () async throws(RedisError) in
            try await client.eval(script, keys: keys, arguments: arguments)
        }
    }
}

extension Caller {
    /// Whose sessions alone may be touched; empty for all.
    fileprivate var restriction: String {
        if case .principal(let principal) = self { principal.text } else { "" }
    }
}

package import Agent
package import Logging
package import Redis
import ServiceLifecycle

/// Sessions in Redis 7.0 or later, shared by all workers. The history is exactly what any other program can read and
/// write: `session:<id>`, a JSON array, by SETEX; what else is known lies beside it, see `SessionKeys`.
///
/// Each operation is one script, decided by what Redis holds and by its clock. A run that waits or holds is told to ask
/// again over Pub/Sub, on a channel of this worker. Runs and their events lie in slots of their own, see `RunKeys`.
package struct RedisSessionStore: SessionStore, Service {
    package let name = "redis"
    let client: RedisClient
    let scripts = SessionScripts()
    let runScripts = RunScripts()
    let maximumHistoryBytes: Int
    let leaseMilliseconds: Int
    let stretchMilliseconds: Int
    let runLife: RunLife
    /// Which worker this is, in the leases and the queues: new with each store.
    let worker: String
    let board: SignalBoard
    let lostClaims = LostClaims()
    /// What commits leave for the archive; `nil`: nothing.
    let outbox: RedisOutbox?
    let logger: Logger
    private let subscriber: RedisSubscriber

    /// Runs only what it needs besides: `client` must be run as a service of its own.
    ///
    /// - Parameters:
    ///   - leaseLength: how long a run that is not heard of keeps its session.
    ///   - turnStretch: how long a session lives at least from the begin of a turn, and the mark of a clear and of a
    ///     run that was forgotten: the longest turn and a lease.
    ///   - runLife: how long runs and their events are known.
    ///   - maximumHistoryBytes: the largest history that is taken or given, at most half of the client's own limits for
    ///     commands and replies: a reply beyond those would cost the connection all other replies.
    ///   - outbox: where commits leave what is to be archived.
    /// - Throws: `.invalidConfiguration`, as the client does.
    package init(
        client: RedisClient,
        leaseLength: Duration = .seconds(5),
        turnStretch: Duration = .seconds(120),
        runLife: RunLife = RunLife(),
        maximumHistoryBytes: Int = 16 * 1024 * 1024,
        outbox: RedisOutbox? = nil,
        logger: Logger
    ) throws(RedisError) {
        self.client = client
        self.outbox = outbox
        self.logger = logger
        let limits = client.configuration
        self.maximumHistoryBytes = min(
            maximumHistoryBytes,
            limits.maximumReplyBytes / 2,
            limits.maximumCommandBytes / 2
        )
        leaseMilliseconds = max(1, Int(leaseLength / .milliseconds(1)))
        self.runLife = runLife
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
        let (outboxKeys, archiving) = archiving(ArchiveEntry(clearing: session, owner: caller.principal))
        let reply = try await eval(
            scripts.clear,
            [keys.history, keys.meta, keys.lease, keys.waiting, keys.records, keys.journal, keys.runs] + outboxKeys,
            [caller.restriction, stretchMilliseconds] + archiving
        )
        outbox?.news.raise()
        let (wasThere, runs) = try translatingErrors { () throws(RedisError) in
            let parts = try reply.array(count: 2)
            let runs = try parts[1].array().map { run throws(RedisError) in RunID(stored: try run.text()) }
            return (try parts[0].integer() == 1, runs)
        }
        try await drop(runs, of: keys, for: caller)
        return wasThere
    }

    /// Whether Redis would take a commit now: asks it to run a script that might write, and does not.
    package func check() async throws(StoreError) { _ = try await eval(scripts.check, [], []) }

    func eval(
        _ script: RedisScript,
        _ keys: [String],
        _ arguments: [any RedisArgument],
        isCancellable: Bool = true
    ) async throws(StoreError) -> RedisReply {
        try await translatingErrors { () async throws(RedisError) in
            try await client.eval(script, keys: keys, arguments: arguments, isCancellable: isCancellable)
        }
    }

    /// What `script` answers on each of these lists of keys; asked all at once: the commands share a few packets.
    func evalEach(
        _ script: RedisScript,
        _ commands: [(keys: [String], arguments: [any RedisArgument])]
    ) async throws(StoreError) -> [RedisReply] {
        let results = await withTaskGroup(of: (Int, Result<RedisReply, StoreError>).self) { group in
            for (index, command) in commands.enumerated() {
                group.addTask {
                    let result = await Result { () async throws(StoreError) in
                        try await eval(script, command.keys, command.arguments)
                    }
                    return (index, result)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return try results.sorted { $0.0 < $1.0 }.map { result throws(StoreError) in try result.1.get() }
    }
}

extension Caller {
    /// Whose sessions and runs alone may be touched; empty for all.
    var restriction: String {
        if case .principal(let principal) = self { principal.text } else { "" }
    }
}

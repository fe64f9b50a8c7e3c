package import Agent
import Redis

extension RedisSessionStore {
    /// A retry may come for a day; the next turn only while the session lives.
    private static let retryLife = 86_400

    package func append(
        _ entries: [[UInt8]],
        to lease: Lease,
        timeToLive: Int
    ) async throws(StoreError) -> LeaseEnd? {
        let size = entries.reduce(0) { $0 + $1.count }
        guard size <= maximumHistoryBytes else {
            throw StoreError(.tooLarge, "\(size) bytes are too many for a journal.")
        }
        let kept = max(timeToLive, lease.idempotency == nil ? 1 : Self.retryLife)
        let milliseconds = min(kept, Int(Int32.max)) * 1000
        let reply: RedisReply
        switch (lease.scope, lease.idempotency) {
        case (.session(let session), _):
            let keys = SessionKeys(session)
            let head: [any RedisArgument] = [
                lease.runID.text, worker, lease.fence, leaseMilliseconds, milliseconds, maximumHistoryBytes,
            ]
            reply = try await eval(scripts.append, [keys.meta, keys.lease, keys.journal], head + entries)
        case (.principal(let principal), let idempotency?):
            let keys = SingleTurnKeys(principal, idempotency)
            let head: [any RedisArgument] = [
                lease.runID.text, idempotency.request, leaseMilliseconds, milliseconds,
            ]
            reply = try await eval(scripts.singleAppend, [keys.record, keys.journal, keys.last], head + entries)
        case (.principal, nil): return nil
        }
        return try translatingErrors { () throws(RedisError) in try LeaseEnd(reply) }
    }
}

extension LeaseEnd {
    /// What the scripts answer to whoever wants to go on; `nil`: the lease is still the run's.
    init?(_ reply: RedisReply) throws(RedisError) {
        switch try reply.text() {
        case "held": return nil
        case "interrupted": self = .interrupted
        case "cleared": self = .cleared
        case "superseded": self = .superseded
        default: throw RedisError(.unexpectedReply, "no answer about a lease")
        }
    }
}

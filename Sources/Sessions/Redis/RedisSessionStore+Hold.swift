package import Agent
import Redis

extension RedisSessionStore {
    /// Renews at each third of the lease, and asks at once when it is told to. While Redis cannot be reached it goes on
    /// trying: the lease is lost when Redis says so.
    package func hold(_ lease: Lease) async -> LeaseEnd? {
        await board.listening(for: .turn(lease.runID)) { signal in
            let pause = Duration.milliseconds(max(1, leaseMilliseconds / 3))
            while !Task.isCancelled {
                await signal.wait(until: .now + pause)
                if Task.isCancelled { break }
                do throws(StoreError) {
                    if let end = try await renew(lease) { return end }
                } catch {
                    continue
                }
            }
            return nil
        }
    }

    /// `nil`: the lease is still the run's.
    private func renew(_ lease: Lease) async throws(StoreError) -> LeaseEnd? {
        let reply: RedisReply
        switch (lease.scope, lease.idempotency) {
        case (.session(let session), _):
            let keys = SessionKeys(session)
            reply = try await eval(
                scripts.renew,
                [keys.meta, keys.lease],
                [lease.runID.text, worker, lease.fence, leaseMilliseconds]
            )
        case (.principal(let principal), let idempotency?):
            let keys = SingleTurnKeys(principal, idempotency)
            reply = try await eval(
                scripts.singleRenew,
                [keys.record, keys.last],
                [lease.runID.text, idempotency.request, leaseMilliseconds]
            )
        case (.principal, nil): return nil
        }
        return try translatingErrors { () throws(RedisError) in try LeaseEnd(reply) }
    }
}

package import Agent
import Redis

extension RedisSessionStore {
    package func begin(_ claim: TurnClaim) async throws(StoreError) -> TurnAdmission {
        let result = await board.listening(for: .turn(claim.runID)) { signal in
            await Result { () async throws(StoreError) in try await begin(claim, told: signal) }
        }
        return try result.get()
    }

    /// Asks, waits until there is reason to ask again, asks again. The timer is for what nobody tells: a holder that
    /// died, a signal that was lost.
    private func begin(_ claim: TurnClaim, told signal: Signal) async throws(StoreError) -> TurnAdmission {
        var seen = ""
        var isWaiting = false
        while true {
            if Task.isCancelled { throw StoreError(.cancelled, "The caller was cancelled.") }
            switch try await ask(claim, seen: seen) {
            case .decided(let admission):
                guard Task.isCancelled, case .begun = admission else { return admission }
                await withdraw(claim)
            case .wait(let milliseconds, let holder, let cleared):
                seen = cleared
                if !isWaiting { claim.waits() }
                isWaiting = true
                // A moment later than Redis: at the very end of a lease it would still be there.
                let next = ContinuousClock.now + .milliseconds(milliseconds + 1)
                await signal.wait(until: min(next, claim.waitUntil))
                guard Task.isCancelled || ContinuousClock.now >= claim.waitUntil else { continue }
                await withdraw(claim)
                if !Task.isCancelled { return .busy(runID: holder) }
            }
        }
    }

    /// Not cancelled half-way: the answer may be the lease, which must then be given back after it was taken, not before.
    private func ask(_ claim: TurnClaim, seen: String) async throws(StoreError) -> BeginReply {
        do throws(StoreError) {
            let reply =
                switch claim.scope {
                case .session(let session): try await eval(scripts.begin, session, claim, seen)
                case .principal(let principal): try await eval(scripts.singleBegin, principal, claim)
                }
            return try translatingErrors { () throws(RedisError) in try BeginReply(reply, to: claim) }
        } catch {
            // The run may wait or hold the lease all the same, or will once Redis goes on; who asked is told at once.
            if error.isUnanswered { lostClaims.add(Lease(of: claim)) } else { await withdraw(claim) }
            throw error
        }
    }

    private func eval(
        _ script: RedisScript,
        _ session: SessionID,
        _ claim: TurnClaim,
        _ seen: String
    ) async throws(StoreError) -> RedisReply {
        let keys = SessionKeys(session)
        var names = [keys.history, keys.meta, keys.lease, keys.waiting, keys.journal, keys.runs]
        var arguments: [any RedisArgument] = [
            claim.runID.text, worker, claim.principal.text, claim.ifBusy.rawValue, seen, leaseMilliseconds,
            stretchMilliseconds, maximumHistoryBytes, stretchMilliseconds + runLife.longest.milliseconds,
            claim.known()?.text ?? "",
        ]
        if let idempotency = claim.idempotency {
            names += [keys.record(idempotency), keys.records]
            arguments += [idempotency.key, idempotency.request]
        }
        return try await eval(script, names, arguments, isCancellable: false)
    }

    private func eval(
        _ script: RedisScript,
        _ principal: Principal,
        _ claim: TurnClaim
    ) async throws(StoreError) -> RedisReply {
        // Without a key there is nothing that another turn could meet.
        guard let idempotency = claim.idempotency else {
            return .array([.bulk(Array("begun".utf8)), .integer(0), .array([])])
        }
        let keys = SingleTurnKeys(principal, idempotency)
        return try await eval(
            script,
            [keys.record, keys.waiting, keys.journal, keys.last],
            [claim.runID.text, worker, idempotency.request, leaseMilliseconds, stretchMilliseconds],
            isCancellable: false
        )
    }

    /// Leaves the queue, or gives back what was granted. When Redis cannot be reached both end by themselves.
    private func withdraw(_ claim: TurnClaim) async {
        await uncancelled { [self] in
            do throws(StoreError) { try await giveBack(Lease(of: claim), hasBegun: false) } catch {
                // Nothing more can be done: an entry lasts two leases, a lease one.
            }
        }
    }

    package func abandon(_ lease: Lease) async throws(StoreError) { try await giveBack(lease, hasBegun: true) }

    private func giveBack(_ lease: Lease, hasBegun: Bool) async throws(StoreError) {
        switch (lease.scope, lease.idempotency) {
        case (.session(let session), let idempotency):
            let keys = SessionKeys(session)
            let record = idempotency.map { [keys.record($0), keys.journal] } ?? []
            let arguments: [any RedisArgument] = [lease.runID.text, hasBegun ? 1 : 0]
            _ = try await eval(scripts.abandon, [keys.lease, keys.waiting] + record, arguments)
        case (.principal(let principal), let idempotency?):
            let keys = SingleTurnKeys(principal, idempotency)
            _ = try await eval(scripts.singleAbandon, [keys.record, keys.waiting], [lease.runID.text])
        case (.principal, nil): break
        }
    }

    /// Until cancelled. Redis may read what it was sent on several connections in any order, but by the time at which it
    /// has answered here it has read what was sent before.
    func giveLostClaimsBack() async {
        await lostClaims.settle { lease throws(StoreError) in
            _ = try await translatingErrors { () async throws(RedisError) in
                try await client.send(RedisCommand("PING"))
            }
            try await giveBack(lease, hasBegun: false)
        }
    }
}

extension Lease {
    /// What a claim would be granted, as far as giving it back needs it.
    fileprivate init(of claim: TurnClaim) {
        self.init(scope: claim.scope, runID: claim.runID, fence: 0, idempotency: claim.idempotency)
    }
}

extension StoreError {
    /// Whether Redis may do, now or later, what it was asked.
    fileprivate var isUnanswered: Bool {
        guard let error = underlying as? RedisError else { return false }
        return error.code == .timeout || error.code == .connectionClosed
    }
}

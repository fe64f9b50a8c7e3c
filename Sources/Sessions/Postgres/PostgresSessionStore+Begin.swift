package import Agent
import Postgres

extension PostgresSessionStore {
    package func begin(_ claim: TurnClaim) async throws(StoreError) -> TurnAdmission {
        // Without a key there is nothing that another turn could meet.
        if case .principal = claim.scope, claim.idempotency == nil {
            if Task.isCancelled { throw .callerCancelled }
            return .begun(TurnBasis(lease: Lease(of: claim, fence: 0), stored: nil))
        }
        let result = await board.listening(for: .turn(claim.runID)) { signal in
            await Result { () async throws(StoreError) in try await begin(claim, told: signal) }
        }
        return try result.get()
    }

    private enum Answer: Sendable {
        case decided(TurnAdmission)
        case wait(SessionControl.Wait, Duration)
    }

    /// Asks, waits until there is reason to ask again, asks again. The timer is for what nobody tells: a holder that
    /// died, a signal that was lost, the end of the claim's patience.
    private func begin(_ claim: TurnClaim, told signal: Signal) async throws(StoreError) -> TurnAdmission {
        var wait: SessionControl.Wait?
        while true {
            if Task.isCancelled {
                if wait != nil { await withdraw(claim) }
                throw .callerCancelled
            }
            switch try await ask(claim, since: wait) {
            case .decided(let admission):
                guard Task.isCancelled, case .begun = admission else { return admission }
                await withdraw(claim)
                throw .callerCancelled
            case .wait(let next, let pause):
                if wait == nil { claim.waits() }
                wait = next
                await signal.wait(until: .now + pause)
            }
        }
    }

    /// Not cancelled half-way: the answer may be the lease, which must then be given back after it was taken, not before.
    private func ask(_ claim: TurnClaim, since wait: SessionControl.Wait?) async throws(StoreError) -> Answer {
        let result = await uncancelled { [self] in
            await Result { () async throws(StoreError) in try await decide(claim, since: wait) }
        }
        do throws(StoreError) { return try result.get() } catch {
            // The run may wait or hold the lease all the same, or will once the server goes on; who asked is told at once.
            if wait != nil || error.isUnanswered { lostClaims.add(Lease(of: claim, fence: 0)) }
            throw error
        }
    }

    private func decide(_ claim: TurnClaim, since wait: SessionControl.Wait?) async throws(StoreError) -> Answer {
        let place = TurnPlace(claim.scope, key: claim.idempotency)
        let keys = [claim.idempotency?.key].compactMap(\.self)
        let decided = try await decide(at: place, keys: keys) { sight, control throws(StoreError) in
            if place.session != nil, !sight.hasHistory { control.historyEnded(now: sight.now) }
            let request = SessionControl.Claim(
                run: claim.runID,
                principal: claim.principal,
                idempotency: claim.idempotency,
                ifBusy: claim.ifBusy,
                until: sight.now.addingCapped(max((claim.waitUntil - .now).milliseconds, 0))
            )
            let decision = control.begin(request, since: wait, now: sight.now)
            guard case .granted = decision else { return ((decision, control), Deed.nothing) }
            guard sight.size <= maximumHistoryBytes else { throw tooLarge(sight.size) }
            return ((decision, control), .grant(place.session == nil ? nil : claim.runID, claim.principal))
        }
        let (decision, control) = decided.result
        switch decision {
        case .granted(let fence):
            let basis = try translatingErrors { () throws(PostgresError) in
                try TurnBasis(
                    Lease(of: claim, fence: fence),
                    decided.row,
                    hasJournal: control.hasJournal(now: decided.now)
                )
            }
            return .decided(.begun(basis))
        // A moment later than the server: at the very end of a lease it would still be there.
        case .wait(let next): return .wait(next, .milliseconds(max(next.until - decided.now, 1) + 1))
        case .replayed(let answer): return .decided(.replayed(answer: answer))
        case .busy(let run): return .decided(.busy(runID: run.text))
        case .overloaded: return .decided(.overloaded)
        case .notFound: return .decided(.notFound)
        case .cleared: return .decided(.cleared)
        case .keyReused: return .decided(.keyReused)
        }
    }

    /// Leaves the queue, or gives back what was granted. When the server cannot be reached both end by themselves.
    private func withdraw(_ claim: TurnClaim) async {
        await uncancelled { [self] in
            do throws(StoreError) { try await giveBack(Lease(of: claim, fence: 0)) } catch {
                // Nothing more can be done: a place lasts two leases, a lease one.
            }
        }
    }

    private func giveBack(_ lease: Lease) async throws(StoreError) {
        _ = try await decide(at: TurnPlace(lease.scope, key: lease.idempotency), always: true) {
            sight,
            control throws(StoreError) in
            (control.giveUp(lease.runID, key: lease.idempotency, now: sight.now), .nothing)
        }
    }

    /// Until cancelled. A statement that arrives after this finds a newer version, and does nothing.
    func giveLostClaimsBack() async {
        await lostClaims.settle { lease throws(StoreError) in try await giveBack(lease) }
    }
}

extension Lease {
    fileprivate init(of claim: TurnClaim, fence: Int) {
        self.init(scope: claim.scope, runID: claim.runID, fence: fence, idempotency: claim.idempotency)
    }
}

extension TurnBasis {
    /// What the statement that grants a lease answers.
    fileprivate init(_ lease: Lease, _ row: PostgresRow?, hasJournal: Bool) throws(PostgresError) {
        guard let row else { throw PostgresError(.unexpectedResult, "a lease without a row") }
        let stored = try StoredSession(row, at: 1)
        self.init(
            lease: lease,
            stored: stored,
            fingerprint: stored == nil ? .none : HistoryFingerprint(version: try row.int(2)),
            journal: hasJournal ? Self.entries(try row.optionalBytes(10) ?? []) : []
        )
    }

    /// Each behind its length in four bytes, the most significant first.
    private static func entries(_ bytes: [UInt8]) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            entries.append(Array(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        return entries
    }
}

extension StoreError {
    /// Whether the server may do, now or later, what it was asked.
    fileprivate var isUnanswered: Bool { (underlying as? PostgresError)?.outcomeUnknown ?? false }
}

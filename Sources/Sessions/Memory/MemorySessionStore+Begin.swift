package import Agent

extension MemorySessionStore {
    package func begin(_ claim: TurnClaim) async throws(StoreError) -> TurnAdmission {
        try refuseWhenCancelled()
        let place = TurnPlace(claim.scope, key: claim.idempotency)
        let patience = (claim.waitUntil - .now).milliseconds
        let request = SessionControl.Claim(
            run: claim.runID,
            principal: claim.principal,
            idempotency: claim.idempotency,
            ifBusy: claim.ifBusy,
            until: now().addingCapped(max(patience, 0))
        )
        var wait: SessionControl.Wait?
        while true {
            switch try look(request, at: place, scope: claim.scope, since: wait, knowing: claim.known()) {
            case .admitted(let admission): return admission
            case .wait(let next, let signal):
                if wait == nil { claim.waits() }
                await signal.wait(until: .now + .milliseconds(max(next.until - now(), 1)))
                wait = next
            }
            if Task.isCancelled {
                withdraw(request, from: place)
                throw .callerCancelled
            }
        }
    }

    private enum Look: Sendable {
        case admitted(TurnAdmission)
        case wait(SessionControl.Wait, Signal)
    }

    private func look(
        _ claim: SessionControl.Claim,
        at place: TurnPlace,
        scope: TurnScope,
        since wait: SessionControl.Wait?,
        knowing known: HistoryVersion?
    ) throws(StoreError) -> Look {
        let now = now()
        return try shard(of: place).withState { state, signals throws(StoreError) in
            state.silence(claim.run)
            if wait == nil { try state.makeRoom(now: now) }
            let decision = try state.update(place, now: now, raising: &signals) { control, table throws(StoreError) in
                try decide(claim, scope, since: wait, knowing: known, now: now, &control, &table)
            }
            switch decision {
            case .success(let admission): return .admitted(admission)
            case .wait(let wait): return .wait(wait, state.signal(for: claim.run))
            }
        }
    }

    private enum Decided {
        case success(TurnAdmission)
        case wait(SessionControl.Wait)
    }

    private func decide(
        _ claim: SessionControl.Claim,
        _ scope: TurnScope,
        since wait: SessionControl.Wait?,
        knowing known: HistoryVersion?,
        now: Int,
        _ control: inout SessionControl,
        _ table: inout ByteStore
    ) throws(StoreError) -> Decided {
        if case .session(let session) = scope, !table.holds(session, now: now) { control.historyEnded(now: now) }
        switch control.begin(claim, since: wait, now: now) {
        case .wait(let wait): return .wait(wait)
        case .replayed(let answer): return .success(.replayed(answer: answer))
        case .busy(let run): return .success(.busy(runID: run.text))
        case .overloaded: return .success(.overloaded)
        case .notFound: return .success(.notFound)
        case .cleared: return .success(.cleared)
        case .keyReused: return .success(.keyReused)
        case .granted(let fence):
            let lease = Lease(scope: scope, runID: claim.run, fence: fence, idempotency: claim.idempotency)
            let journal = control.openJournal(now: now)
            guard case .session(let session) = scope else {
                return .success(.begun(TurnBasis(lease: lease, stored: nil, journal: journal)))
            }
            do throws(StoreError) {
                try table.pin(session, until: now.addingCapped(limits.retention), now: now)
            } catch {
                control.abandon(claim.run, fence: fence, key: claim.idempotency, now: now)
                throw error
            }
            let found = table.session(session, known: known, now: now)
            let basis = TurnBasis(
                lease: lease,
                stored: found?.stored,
                isUnchanged: found?.isUnchanged ?? false,
                journal: journal
            )
            return .success(.begun(basis))
        }
    }

    private func withdraw(_ claim: SessionControl.Claim, from place: TurnPlace) {
        let now = now()
        try? shard(of: place).withState { state, signals throws(StoreError) in
            state.silence(claim.run)
            try state.update(place, now: now, raising: &signals) { control, _ in control.withdraw(claim, now: now) }
        }
    }
}

package import Agent

extension MemorySessionStore {
    package func hold(_ lease: Lease) async -> LeaseEnd? {
        let place = TurnPlace(lease.scope, key: lease.idempotency)
        let shard = shard(of: place)
        while !Task.isCancelled {
            let now = now()
            let renewed = try? shard.withState {
                state,
                signals throws(StoreError) -> (SessionControl.Renewal, Signal) in
                let renewal = try state.update(place, now: now, raising: &signals) { control, _ in
                    control.renew(lease.runID, fence: lease.fence, now: now)
                }
                return (renewal, state.signal(for: lease.runID))
            }
            if case .ended(let end)? = renewed?.0 {
                try? shard.withState { state, _ in state.silence(lease.runID) }
                return end
            }
            await renewed?.1.wait(until: .now + .milliseconds(max(limits.leaseLength / 3, 1)))
        }
        try? shard.withState { state, _ in state.silence(lease.runID) }
        return nil
    }

    package func append(
        _ entries: [[UInt8]],
        to lease: Lease,
        timeToLive: Int
    ) async throws(StoreError) -> LeaseEnd? {
        try refuseWhenCancelled()
        let now = now()
        let kept = timeToLive.multipliedCapped(by: 1000)
        let end = now.addingCapped(lease.idempotency == nil ? kept : max(kept, limits.answerLife))
        let place = TurnPlace(lease.scope, key: lease.idempotency)
        let size = entries.reduce(0) { $0 + $1.count + 64 }
        return try shard(of: place).withState { state, signals throws(StoreError) in
            try state.makeRoom(for: size, now: now)
            return try state.update(place, now: now, raising: &signals) { control, _ in
                control.append(entries, run: lease.runID, fence: lease.fence, until: end, now: now)
            }
        }
    }

    package func commit(_ record: TurnRecord) async throws(StoreError) -> CommitVerdict {
        try refuseWhenCancelled()
        let now = now()
        let lease = record.lease
        let place = TurnPlace(lease.scope, key: lease.idempotency)
        return try shard(of: place).withState { state, signals throws(StoreError) in
            let answers = [record.answer].compactMap(\.self) + record.settled.map(\.answer)
            if !answers.isEmpty { try state.makeRoom(for: answers.reduce(0) { $0 + $1.count }, now: now) }
            let verdict = try state.update(place, now: now, raising: &signals) { control, table throws(StoreError) in
                try commit(record, now: now, &control, &table)
            }
            if verdict == .stored {
                let own = record.answer == nil ? nil : lease.idempotency
                for key in [own].compactMap(\.self) + record.settled.map(\.idempotency) {
                    state.remember(key.key, at: place, now: now)
                }
            }
            return verdict
        }
    }

    package func abandon(_ lease: Lease) async throws(StoreError) {
        try refuseWhenCancelled()
        let now = now()
        let place = TurnPlace(lease.scope, key: lease.idempotency)
        try shard(of: place).withState { state, signals throws(StoreError) in
            try state.update(place, now: now, raising: &signals) { control, _ in
                control.abandon(lease.runID, fence: lease.fence, key: lease.idempotency, now: now)
            }
        }
    }

    private func commit(
        _ record: TurnRecord,
        now: Int,
        _ control: inout SessionControl,
        _ table: inout ByteStore
    ) throws(StoreError) -> CommitVerdict {
        let lease = record.lease
        switch control.mayCommit(lease.runID, fence: lease.fence) {
        case .cleared: return .cleared
        case .superseded: return .superseded
        case .committed: return .stored
        case .open: break
        }
        // Nobody else writes here, so the history cannot have changed since the turn began.
        if case .session(let session) = lease.scope, let change = record.change {
            try table.store(change, of: session, kept: control.kept(afterCommitOf: lease.runID), now: now)
        }
        control.committed(
            lease.runID,
            key: lease.idempotency,
            answer: record.answer,
            keepsHistory: record.change != nil,
            now: now
        )
        for run in record.settled { control.settled(run.idempotency, answer: run.answer, now: now) }
        return .stored
    }
}

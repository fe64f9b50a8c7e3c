package import Agent

extension PostgresSessionStore {
    /// Renews at each third of the lease, and asks at once when it is told to. While the server cannot be reached it goes
    /// on trying: the lease is lost when the server says so.
    package func hold(_ lease: Lease) async -> LeaseEnd? {
        await board.listening(for: .turn(lease.runID)) { signal in
            let pause = Duration.milliseconds(max(1, limits.leaseLength / 3))
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
        guard let place = place(of: lease) else { return nil }
        let decided = try await decide(at: place) { sight, control throws(StoreError) in
            (control.renew(lease.runID, fence: lease.fence, now: sight.now), .nothing)
        }
        if case .ended(let end) = decided.result { return end }
        return nil
    }

    package func append(
        _ entries: [[UInt8]],
        to lease: Lease,
        timeToLive: Int
    ) async throws(StoreError) -> LeaseEnd? {
        guard let place = place(of: lease) else { return nil }
        let kept = timeToLive.multipliedCapped(by: 1000)
        let length = lease.idempotency == nil ? kept : max(kept, limits.answerLife)
        let decided = try await decide(at: place) { sight, control throws(StoreError) in
            let end = control.append(
                entries,
                run: lease.runID,
                fence: lease.fence,
                until: sight.now.addingCapped(length),
                now: sight.now
            )
            guard end != nil || control.journalBytes <= maximumHistoryBytes else {
                throw tooLarge(control.journalBytes)
            }
            return (end, .nothing)
        }
        return decided.result
    }

    package func commit(_ record: TurnRecord) async throws(StoreError) -> CommitVerdict {
        let answers = record.settled.map(\.answer.count)
        for size in [record.change?.history.count, record.answer?.count].compactMap(\.self) + answers
        where size > maximumHistoryBytes {
            throw tooLarge(size)
        }
        guard let place = place(of: record.lease) else { return .stored }
        var record = record
        if place.session == nil { record.change = nil }
        let keys = [record.lease.idempotency].compactMap(\.self) + record.settled.map(\.idempotency)
        let decided = try await decide(at: place, keys: keys.map(\.key)) { [record] sight, control throws(StoreError) in
            let verdict = control.commit(record, over: sight)
            guard verdict == .stored else { return (verdict, Deed.nothing) }
            return (verdict, record.change.map { .store($0, sight, record.archived) } ?? .nothing)
        }
        switch (decided.result, place) {
        case (.stored, _), (.repeated, _): return .stored
        case (.cleared, _): return .cleared
        case (.changed, .session(let session)):
            guard let found = try await load(session) else { return .changed(history: Array("[]".utf8), .none) }
            return .changed(history: found.session.history, found.fingerprint)
        case (.superseded, _), (.changed, .single): return .superseded
        }
    }

    package func abandon(_ lease: Lease) async throws(StoreError) {
        guard let place = place(of: lease) else { return }
        _ = try await decide(at: place) { sight, control throws(StoreError) in
            (control.abandon(lease.runID, fence: lease.fence, key: lease.idempotency, now: sight.now), .nothing)
        }
    }

    /// `nil` for a turn of which nothing is known: without a session, and without a key.
    private func place(of lease: Lease) -> TurnPlace? {
        if case .principal = lease.scope, lease.idempotency == nil { return nil }
        return TurnPlace(lease.scope, key: lease.idempotency)
    }
}

/// What a commit meets.
private enum Verdict {
    case stored
    /// It was stored before.
    case repeated
    case cleared
    case superseded
    /// The history is another than the turn was run on.
    case changed
}

extension SessionControl {
    fileprivate mutating func commit(_ record: TurnRecord, over sight: SessionSight) -> Verdict {
        let lease = record.lease
        switch mayCommit(lease.runID, fence: lease.fence) {
        case .cleared: return .cleared
        case .superseded: return .superseded
        case .committed: return .repeated
        case .open: break
        }
        if let change = record.change, change.fingerprint != sight.fingerprint { return .changed }
        committed(
            lease.runID,
            key: lease.idempotency,
            answer: record.answer,
            keepsHistory: record.change != nil,
            now: sight.now
        )
        for run in record.settled { settled(run.idempotency, answer: run.answer, now: sight.now) }
        return .stored
    }
}

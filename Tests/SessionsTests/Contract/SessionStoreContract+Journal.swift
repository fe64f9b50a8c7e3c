import Agent
import Testing

extension SessionStoreContract {
    /// What a run that died had noted is told to the next one, and to nobody else.
    static let journals = [
        Self("what a run noted is there for the next one when it ends without a commit, in order", lease: .ends) {
            stage in
            let session = try freshSession("journal")
            try await stage.commit(session, "[1]")
            let dead = try await stage.begun(session)
            #expect(dead.journal.isEmpty)
            #expect(try await stage.append(["one"], to: dead) == nil)
            #expect(try await stage.append(["two", "three\u{0}\r\n"], to: dead) == nil)
            let next = try await stage.begun(session, on: stage.another)
            #expect(next.journalTexts == ["one", "two", "three\u{0}\r\n"])
            #expect(next.text == "[1]")
        },
        Self("a commit ends the journal") { stage in
            let session = try freshSession("journal-committed")
            let basis = try await stage.begun(session)
            #expect(try await stage.append(["one"], to: basis) == nil)
            #expect(try await stage.commit(basis, "[1]") == .stored)
            #expect(try await stage.append(["late"], to: basis) == .superseded)
            #expect(try await stage.begun(session, on: stage.another).journal.isEmpty)
        },
        Self("an abandoned turn leaves the journal to the next one, which adds to it", lease: .ends) { stage in
            let session = try freshSession("journal-abandoned")
            #expect(try await stage.append(["one"], to: stage.begun(session)) == nil)
            let second = try await stage.begun(session, on: stage.another)
            #expect(try await stage.append(["two"], to: second, on: stage.another) == nil)
            try await stage.store.abandon(second.lease)
            #expect(try await stage.begun(session).journalTexts == ["one", "two"])
        },
        Self("a run that lost its lease notes nothing more", lease: .ends) { stage in
            let session = try freshSession("journal-superseded")
            let dead = try await stage.begun(session)
            #expect(try await stage.append(["one"], to: dead) == nil)
            let next = try await stage.begun(session, on: stage.another)
            #expect(try await stage.append(["late"], to: dead) == .superseded)
            #expect(try await stage.append(["two"], to: next) == nil)
            #expect(try await stage.begun(session).journalTexts == ["one", "two"])
        },
        Self("a lease that ran out is taken again by the run that notes something", lease: .held) { stage in
            let session = try freshSession("journal-late")
            let basis = try await stage.begun(session)
            try await stage.letPass(4)
            #expect(try await stage.append(["one"], to: basis) == nil)
            let other = try await stage.begin(session, ifBusy: .reject, on: stage.another)
            #expect(other == .busy(runID: basis.lease.runID.text))
            #expect(try await stage.commit(basis, "[1]") == .stored)
        },
        Self("a clear ends the journal, and what was noted late is refused") { stage in
            let session = try freshSession("journal-cleared")
            let basis = try await stage.begun(session)
            #expect(try await stage.append(["one"], to: basis) == nil)
            #expect(try await stage.clear(session))
            #expect(try await stage.append(["late"], to: basis) == .cleared)
            #expect(try await stage.begun(session, as: .bob).journal.isEmpty)
        },
        Self("a journal is its principal's", lease: .ends) { stage in
            let session = try freshSession("journal-owner")
            #expect(try await stage.append(["one"], to: stage.begun(session)) == nil)
            try await stage.letPass(2)
            #expect(try await stage.begin(session, as: .bob) == .notFound)
            #expect(try await stage.begun(session).journalTexts == ["one"])
        },
        Self("a journal without a key ends with its session", lease: .ends) { stage in
            let session = try freshSession("journal-expired")
            #expect(try await stage.append(["one"], to: stage.begun(session), timeToLive: 1) == nil)
            try await stage.letPass(3)
            #expect(try await stage.begun(session).journal.isEmpty)
        },
        Self("a retry finds the journal after its session has expired", lease: .ends) { stage in
            let session = try freshSession("journal-retried")
            let key = Idempotency.fresh()
            #expect(try await stage.append(["one"], to: stage.begun(session, key: key), timeToLive: 1) == nil)
            try await stage.letPass(3)
            #expect(try await stage.begun(session, key: key).journalTexts == ["one"])
        },
        Self("a commit answers the runs that it settles", lease: .ends) { stage in
            let session = try freshSession("settled")
            let (key, own) = (Idempotency.fresh(), Idempotency.fresh())
            let dead = try await stage.begun(session, key: key)
            #expect(try await stage.append(["one"], to: dead) == nil)
            let next = try await stage.begun(session, key: own, on: stage.another)
            #expect(try await stage.settle(dead, key, in: next, answer: "own") == .stored)
            #expect(try await stage.load(session)?.meta?.turns == 2)
            #expect(try await stage.begin(session, key: key) == .replayed(answer: Array("settled".utf8)))
            #expect(try await stage.begin(session, key: own) == .replayed(answer: Array("own".utf8)))
            #expect(try await stage.begin(session, key: key.reused) == .keyReused)
        },
        Self("a retry that waits gets the answer of the commit that settles its run", lease: .held) { stage in
            let session = try freshSession("settled-waiting")
            let key = Idempotency.fresh()
            let dead = try await stage.begun(session, key: key)
            #expect(try await stage.append(["one"], to: dead) == nil)
            let next = try await stage.begun(session, on: stage.another)
            let retried = try await stage.whileHeld(next) {
                async let retry = stage.begin(session, key: key)
                try await stage.untilWaiting(1, for: session)
                #expect(try await stage.settle(dead, key, in: next) == .stored)
                return try await retry
            }
            #expect(retried == .replayed(answer: Array("settled".utf8)))
        },
        Self("a retry that gives up waiting leaves the key of a noted turn taken", lease: .held) { stage in
            let session = try freshSession("journal-key-waiting")
            let key = Idempotency.fresh()
            #expect(try await stage.append(["one"], to: stage.begun(session, key: key)) == nil)
            let other = try await stage.begun(session, on: stage.another)
            let impatient = try await stage.whileHeld(other) {
                try await stage.begin(session, key: key, waiting: .milliseconds(50))
            }
            #expect(impatient == .busy(runID: other.lease.runID.text))
            #expect(try await stage.clear(session))
            #expect(try await stage.begin(session, key: key) == .cleared)
        },
        Self("a run without a session that was taken over notes and keeps nothing more", lease: .ends) { stage in
            let key = Idempotency.fresh()
            let claim = {
                TurnClaim(
                    scope: .principal(.alice),
                    runID: RunID(),
                    principal: .alice,
                    idempotency: key,
                    waitUntil: .now + .seconds(60)
                )
            }
            let dead = try await stage.store.begin(claim()).basis()
            let next = try await stage.another.begin(claim()).basis()
            try await stage.another.abandon(next.lease)
            #expect(try await stage.append(["late"], to: dead) == .superseded)
            let record = TurnRecord(lease: dead.lease, change: nil, answer: Array("late".utf8))
            #expect(try await stage.store.commit(record) == .superseded)
        },
        Self("a clear keeps the key of a run that died after it had noted something", lease: .ends) { stage in
            let session = try freshSession("journal-key-cleared")
            let key = Idempotency.fresh()
            #expect(try await stage.append(["one"], to: stage.begun(session, key: key)) == nil)
            try await stage.letPass(2)
            #expect(try await stage.clear(session))
            #expect(try await stage.begin(session, key: key) == .cleared)
        },
        Self("the retry of a turn without a session finds its journal", lease: .ends) { stage in
            let key = Idempotency.fresh()
            let claim = {
                TurnClaim(
                    scope: .principal(.alice),
                    runID: RunID(),
                    principal: .alice,
                    idempotency: key,
                    waitUntil: .now + .seconds(60)
                )
            }
            let dead = try await stage.store.begin(claim()).basis()
            #expect(try await stage.append(["one"], to: dead) == nil)
            let next = try await stage.another.begin(claim()).basis()
            #expect(next.journalTexts == ["one"])
            #expect(try await stage.append(["late"], to: dead) == .superseded)
            let record = TurnRecord(lease: next.lease, change: nil, answer: Array("done".utf8))
            #expect(try await stage.another.commit(record) == .stored)
            #expect(try await stage.store.begin(claim()) == .replayed(answer: Array("done".utf8)))
        },
    ]
}

extension StoreUnderTest {
    fileprivate func append(
        _ entries: [String],
        to basis: TurnBasis,
        timeToLive: Int = 600,
        on store: (any SessionStore)? = nil
    ) async throws(StoreError) -> LeaseEnd? {
        let bytes = entries.map { Array($0.utf8) }
        return try await (store ?? self.store).append(bytes, to: basis.lease, timeToLive: timeToLive)
    }

    /// Commits `next` together with the turn of `dead`.
    fileprivate func settle(
        _ dead: TurnBasis,
        _ key: Idempotency,
        in next: TurnBasis,
        answer: String? = nil
    ) async throws(StoreError) -> CommitVerdict {
        let change = SessionChange(
            history: .whole(Array("[1,2]".utf8)),
            fingerprint: next.fingerprint,
            timeToLive: 600,
            turns: 2
        )
        let settled = SettledRun(runID: dead.lease.runID, idempotency: key, answer: Array("settled".utf8))
        return try await store.commit(
            TurnRecord(lease: next.lease, change: change, answer: answer.map { Array($0.utf8) }, settled: [settled])
        )
    }
}

extension TurnBasis {
    fileprivate var journalTexts: [String] { journal.map { String(decoding: $0, as: UTF8.self) } }
}

import Testing

@testable import Agent

/// A control that lies in a database between two events decides as one that stays in memory.
@Suite struct StoredControlTests {
    /// A control, and beside it what it leaves in a database. Leases last 100 ms, answers 10 s.
    private struct Database {
        var bytes: [UInt8]?
        var settled: [String: SessionControl.SettledKey] = [:]
        var entries: [[UInt8]] = []

        /// Lets an event happen, about the answers under some keys.
        mutating func event<Result>(
            _ keys: [Idempotency] = [],
            at now: Int,
            _ body: (inout SessionControl) -> Result
        ) throws -> Result {
            var limits = SessionControl.Limits()
            limits.leaseLength = 100
            limits.retention = 1000
            limits.answerLife = 10_000
            let known = keys.compactMap { settled[$0.key] }
            let before =
                try bytes.map { try SessionControl(parsing: $0, settled: known, limits: limits, now: now) }
                ?? SessionControl(settled: known, limits: limits, now: now)
            var control = before
            let result = body(&control)
            let changes = control.takeChanges(since: before)
            bytes = changes.control
            for key in changes.settled { settled[key.key] = key }
            if changes.dropsEntries { entries = [] }
            entries += changes.entries
            return result
        }
    }

    private func claim(_ run: RunID, _ key: Idempotency? = nil) -> SessionControl.Claim {
        SessionControl.Claim(run: run, principal: .alice, idempotency: key, until: 100_000)
    }

    @Test func nothingIsLostOnTheWay() throws {
        let (a, b, c, dead) = (RunID(), RunID(), RunID(), RunID())
        let (key, other) = (Idempotency.fresh(), Idempotency.fresh())
        var database = Database()
        _ = try database.event(at: 0) { $0.begin(claim(dead, other), now: 0) }
        _ = try database.event(at: 5) { $0.append([[1], [2]], run: dead, fence: 1000, until: 5000, now: 5) }
        _ = try database.event([key], at: 200) { $0.begin(claim(a, key), now: 200) }
        _ = try database.event([key], at: 210) { $0.begin(claim(b, key), now: 210) }
        _ = try database.event(at: 220) { $0.begin(claim(c), now: 220) }
        let bytes = try #require(database.bytes)
        let control = try SessionControl(parsing: bytes, now: 220)
        #expect(control.encoded == bytes)
        #expect(control.holder?.run == a && control.holder?.end == 300)
        #expect(control.waiting.map(\.run) == [c])
        #expect(control.keys[key.key]?.followers == [b])
        #expect(control.keys[other.key]?.claimant == dead)
        #expect(control.hasJournal(now: 220) && control.journal.elsewhere == 2)
        #expect(control.neededUntil == 300 + 120_000, "a late commit is to be known")
    }

    @Test func answersLieBesideItAndComeBackWhenTheyAreAskedFor() throws {
        let key = Idempotency.fresh()
        let run = RunID()
        var database = Database()
        _ = try database.event([key], at: 0) { $0.begin(claim(run, key), now: 0) }
        try database.event([key], at: 10) {
            $0.committed(run, key: key, answer: Array(repeating: 7, count: 9000), keepsHistory: true, now: 10)
        }
        #expect(database.bytes?.count ?? .max < 200)
        #expect(database.settled[key.key]?.answer?.count == 9000)
        let retry = try database.event([key], at: 20) { $0.begin(claim(RunID(), key), now: 20) }
        #expect(retry == .replayed(answer: Array(repeating: 7, count: 9000)))
        let reused = try database.event([key], at: 20) { $0.begin(claim(RunID(), key.reused), now: 20) }
        #expect(reused == .keyReused)
        let late = try database.event([key], at: 10_010) { $0.begin(claim(RunID(), key), now: 10_010) }
        #expect(late == .granted(fence: 1001))
    }

    @Test func aClearLeavesTheKeysOfWhatMayHaveBeenDone() throws {
        let (claimed, dead) = (Idempotency.fresh(), Idempotency.fresh())
        let (a, b) = (RunID(), RunID())
        var database = Database()
        _ = try database.event([dead], at: 0) { $0.begin(claim(a, dead), now: 0) }
        _ = try database.event(at: 1) { $0.append([[1]], run: a, fence: 1000, until: 5000, now: 1) }
        _ = try database.event([claimed], at: 200) { $0.begin(claim(b, claimed), now: 200) }
        try database.event(at: 210) { $0.clear(now: 210) }
        #expect(database.settled.keys.sorted() == [dead.key])
        #expect(database.entries.isEmpty)
        for key in [claimed, dead] {
            let decision = try database.event([key], at: 220) { $0.begin(claim(RunID(), key), now: 220) }
            #expect(decision == .cleared)
        }
        try database.event([claimed], at: 230) { $0.abandon(b, fence: 1001, key: claimed, now: 230) }
        let again = try database.event([claimed], at: 240) { $0.begin(claim(RunID(), claimed), now: 240) }
        #expect(again == .granted(fence: 1003), "whoever was at it has given the key back")
    }

    @Test func anExpiredJournalDoesNotComeBackWithTheNext() throws {
        var database = Database()
        let (a, b) = (RunID(), RunID())
        _ = try database.event(at: 0) { $0.begin(claim(a), now: 0) }
        _ = try database.event(at: 1) { $0.append([[1], [2]], run: a, fence: 1000, until: 500, now: 1) }
        _ = try database.event(at: 600) { $0.begin(claim(b), now: 600) }
        _ = try database.event(at: 601) { $0.append([[3]], run: b, fence: 1001, until: 900, now: 601) }
        _ = try database.event(at: 602) { $0.append([[4]], run: b, fence: 1001, until: 900, now: 602) }
        #expect(database.entries == [[3], [4]])
    }

    @Test func aCommitIsKnownAfterSevenOthers() throws {
        var database = Database()
        var runs: [RunID] = []
        for turn in 0..<9 {
            let run = RunID()
            runs.append(run)
            _ = try database.event(at: turn) { $0.begin(claim(run), now: turn) }
            try database.event(at: turn) { $0.committed(run, key: nil, answer: nil, keepsHistory: true, now: turn) }
        }
        let gates = try database.event(at: 9) { control in
            runs.enumerated().map { control.mayCommit($1, fence: $0 == 0 ? 1 : 2) }
        }
        #expect(gates == [.superseded] + Array(repeating: .committed, count: 8))
    }

    @Test func aClaimThatMayHaveBeenGrantedIsGivenUp() throws {
        let (a, b) = (RunID(), RunID())
        let key = Idempotency.fresh()
        var database = Database()
        _ = try database.event([key], at: 0) { $0.begin(claim(a, key), now: 0) }
        try database.event(at: 10) { $0.giveUp(b, key: key, now: 10) }
        #expect(try database.event(at: 10) { $0.activeRun(now: 10) } == a, "another's lease stays")
        try database.event(at: 10) { $0.giveUp(a, key: key, now: 10) }
        let next = try database.event([key], at: 20) { $0.begin(claim(b, key.reused), now: 20) }
        #expect(next == .granted(fence: 1001))
    }

    @Test func whatIsNoControlIsRefused() {
        for text in ["", "[]", "{}", #"{"fence":"1"}"#, #"{"fence":1,"holder":{}}"#, #"{"fence":1,"waiting":[1]}"#] {
            #expect(throws: JSONError.self) { try SessionControl(parsing: Array(text.utf8), now: 0) }
        }
    }
}

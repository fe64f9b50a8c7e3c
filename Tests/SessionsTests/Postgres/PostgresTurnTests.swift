import Agent
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Sessions

extension PostgresSuites {
    /// What turns cost in PostgreSQL, and what they survive there.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct PostgresTurnTests {
        @Test func anUncontendedTurnCostsFourStatements() async throws {
            try await withPostgresStage { stage in
                try await stage.ask("CREATE EXTENSION pg_stat_statements")
                let session = try freshSession("cheap")
                for store in stage.stores { try await store.take("[1]", in: session) }
                try await stage.ask("SELECT pg_stat_statements_reset()")
                let start = ContinuousClock.now
                for turn in 0..<50 { try await stage.stores[turn % 2].take("[\(turn)]", in: session) }
                let took = ContinuousClock.now - start
                let calls = try await stage.ask(
                    """
                    SELECT sum(calls) FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid
                    WHERE d.datname = current_database() AND query LIKE '%parley.%' AND query NOT LIKE '%pg_stat%'
                    """
                )
                print("50 uncontended turns: \(calls) statements, \(took)")
                #expect(calls == "200")
            }
        }

        @Test func aRenewalChangesNoIndex() async throws {
            try await withPostgresStage(workers: 1, leaseLength: .milliseconds(30), configure: { $0.poolSize = 1 }) {
                stage in
                let basis = try await stage.store.begin(.of(freshSession("renewed"))).basis()
                let version = "SELECT version FROM parley.sessions"
                let before = try #require(Int(try await stage.ask(version)))
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await stage.store.hold(basis.lease) }
                    while (try? await stage.ask(version)).flatMap(Int.init) ?? 0 < before + 20, !Task.isCancelled {}
                    group.cancelAll()
                }
                _ = try await stage.store.client.query("SELECT pg_stat_force_next_flush()")
                let updates = try await stage.ask(
                    "SELECT n_tup_upd >= 20 AND n_tup_hot_upd >= n_tup_upd * 0.8 FROM pg_stat_user_tables"
                        + " WHERE schemaname = 'parley' AND relname = 'sessions'"
                )
                #expect(updates == "t")
            }
        }

        @Test func eightWorkersKeepAllTurnsInOrder() async throws {
            try await withPostgresStage(workers: 8, configure: { $0.poolSize = 2 }) { stage in
                let session = try freshSession("contended")
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (worker, store) in stage.stores.enumerated() {
                        group.addTask {
                            for turn in 0..<25 {
                                let basis = try await store.begin(.of(session)).basis()
                                let history = (basis.text ?? "") + "\(worker):\(turn) "
                                #expect(try await store.commit(.of(basis, history)) == .stored)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let stored = try #require(try await stage.store.load(session, for: .anyone))
                let turns = String(decoding: stored.history, as: UTF8.self).split(separator: " ")
                for worker in 0..<8 {
                    let own = turns.filter { $0.hasPrefix("\(worker):") }
                    #expect(own == (0..<25).map { "\(worker):\($0)" })
                }
                print("8 workers x 25 turns: \(turns.count) of 200 in order, \(ContinuousClock.now - start)")
                #expect(stored.meta?.turns == 200)
            }
        }

        @Test func aServerWithStricterIsolationOnlyCostsRepetitions() async throws {
            let options = "options=-c%20default_transaction_isolation%3Drepeatable%5C%20read"
            try await withPostgresStage(workers: 4, options: options) { stage in
                let isolation = try await stage.store.client.query("SELECT current_setting('transaction_isolation')")
                #expect(try isolation.single().string(0) == "repeatable read")
                let session = try freshSession("strict")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for store in stage.stores {
                        group.addTask {
                            for _ in 0..<15 {
                                let basis = try await store.begin(.of(session)).basis()
                                #expect(try await store.commit(.of(basis, "[1]")) == .stored)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await stage.store.load(session, for: .anyone)?.meta?.turns == 60)
            }
        }

        @Test func aHundredClearsResurrectNothing() async throws {
            try await withPostgresStage { stage in
                for _ in 0..<100 {
                    let session = try freshSession("deleted")
                    try await stage.store.take("[1]", in: session)
                    let basis = try await stage.store.begin(.of(session)).basis()
                    async let cleared = stage.another.clear(session, for: .principal(.alice))
                    let verdict = try await stage.store.commit(.of(basis, "[1,2]"))
                    #expect(try await cleared)
                    #expect(verdict == .cleared || verdict == .stored)
                    #expect(try await stage.store.load(session, for: .anyone) == nil)
                }
            }
        }

        @Test func aCommitThatAnotherProgramOvertakesIsNoticed() async throws {
            try await withPostgresStage { stage in
                let session = try freshSession("overtaken")
                let basis = try await stage.store.begin(.of(session)).basis()
                try await withThrowingTaskGroup(of: CommitVerdict.self) { group in
                    // Between the commit's two statements its row is locked, then has another history.
                    let write = "UPDATE parley.sessions SET history = '[7]', expires_at = NULL WHERE id = $1"
                    try await stage.locking(session, by: write) {
                        group.addTask { try await stage.another.commit(.of(basis, "[1]")) }
                    }
                    guard case .changed(let history, _)? = try await group.next() else {
                        Issue.record("not noticed")
                        return
                    }
                    #expect(history == Array("[7]".utf8))
                }
            }
        }

        @Test func aWaiterIsToldWithoutASubscriptionAsWell() async throws {
            try await withPostgresStage(leaseLength: .seconds(20)) { stage in
                let session = try freshSession("deaf")
                let holder = try await stage.store.begin(.of(session)).basis()
                try await withThrowingTaskGroup(of: TurnBasis.self) { group in
                    group.addTask { try await stage.another.begin(.of(session)).basis() }
                    while try await stage.waiting(session) < 1 { await Task.yield() }
                    // The signal of the commit finds nobody; the new subscription makes the waiter look.
                    let start = ContinuousClock.now
                    try await stage.ask(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                            + " AND datname = current_database()"
                    )
                    #expect(try await stage.store.commit(.of(holder, "[1]")) == .stored)
                    #expect(try await group.next()?.text == "[1]")
                    #expect(ContinuousClock.now - start < .seconds(10), "the lease takes twenty")
                }
            }
        }

        @Test func aTurnGrantedAfterItsCallerLeftIsGivenBack() async throws {
            try await withPostgresStage { stage in
                let session = try freshSession("granted-late")
                let key = Idempotency.fresh()
                try await stage.store.take("[1]", in: session)
                try await withThrowingTaskGroup(of: TurnAdmission.self) { group in
                    // The begin is on its way, and held back there, when its caller leaves.
                    try await stage.locking(session, by: "SELECT FROM parley.sessions WHERE id = $1 FOR UPDATE") {
                        group.addTask { try await stage.another.begin(.of(session, key: key)) }
                    } andThen: {
                        group.cancelAll()
                    }
                    let error = await #expect(throws: StoreError.self) { _ = try await group.next() }
                    #expect(error?.code == .cancelled)
                }
                _ = try await stage.store.begin(.of(session, key: key.reused, ifBusy: .reject)).basis()
            }
        }
    }
}

extension PostgresStage {
    /// Runs `start` while the session's row is locked by `statement`, and `andThen` when somebody waits for the row.
    fileprivate func locking(
        _ session: SessionID,
        by statement: String,
        _ start: () -> Void,
        andThen: () -> Void = {}
    ) async throws {
        try await store.client.withTransaction { connection throws(PostgresError) in
            _ = try await connection.query(statement, [.text(session.text)])
            start()
            var isWaitedFor = false
            while !isWaitedFor {
                let waiting = try await connection.query(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """
                )
                isWaitedFor = try waiting.single().int(0) > 0
            }
            andThen()
        }
    }
}

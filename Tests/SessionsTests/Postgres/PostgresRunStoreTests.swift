import Agent
import Foundation
import Postgres
import TestSupport
import Testing

@testable import Sessions

extension PostgresSuites {
    @Suite(.timeLimit(.minutes(3))) struct PostgresRunStoreTests {
        @Test(arguments: RunStoreContract.all)
        func keeps(_ promise: RunStoreContract) async throws {
            try await Turnstile.servers.pass { try await check(promise, life: RunLife()) }
        }

        @Test(arguments: RunStoreContract.expiry)
        func lets(_ promise: RunStoreContract) async throws {
            try await Turnstile.servers.pass { try await check(promise, life: RunStoreContract.shortLife) }
        }

        private func check(_ promise: RunStoreContract, life: RunLife) async throws {
            try await withPostgresStage(runLife: life) { stage in try await promise.check(.of(stage, life: life)) }
        }

        @Test func aHotRunCostsOneStatementARecordAndNoNotificationThatNobodyHears() async throws {
            try await withPostgresStage { stage in
                try await stage.ask("CREATE EXTENSION pg_stat_statements")
                let runs = RunStoreUnderTest.of(stage)
                let (run, followed) = (try await runs.start(1...1), try await runs.start(1...1))
                _ = try await runs.numbers(of: followed, after: 1)
                try await stage.ask("SELECT pg_stat_statements_reset()")
                let start = ContinuousClock.now
                let heard = try await stage.notifications {
                    for number in 2...101 {
                        try await runs.record(run, number...number, keepingFrom: max(1, number - 50))
                    }
                }
                print("100 records of one event each: \(ContinuousClock.now - start)")
                #expect(heard.isEmpty)
                #expect(try await stage.statements() == 100)
                let told = try await stage.notifications {
                    for number in 2...11 { try await runs.record(followed, number...number) }
                }
                #expect(told == Array(repeating: "\(followed.id.text):events", count: 10))
                #expect(try await runs.numbers(of: run) == Numbers(51...101, .open))
                #expect(try await stage.ask("SELECT count(*) FROM parley.run_events") == "62", "the rest is deleted")
            }
        }

        @Test func aRecordChangesNoIndexOfRuns() async throws {
            try await withPostgresStage(workers: 1, configure: { $0.poolSize = 1 }) { stage in
                let runs = RunStoreUnderTest.of(stage)
                let run = try await runs.start(1...1)
                for number in 2...101 { try await runs.record(run, number...number) }
                _ = try await stage.store.client.query("SELECT pg_stat_force_next_flush()")
                let updates = try await stage.ask(
                    "SELECT n_tup_upd = 100 AND n_tup_hot_upd >= 90 FROM pg_stat_user_tables WHERE relname = 'runs'"
                )
                #expect(updates == "t")
            }
        }

        @Test func onlyAReaderThatHasReadAllIsNotedAndNotAtEachRead() async throws {
            try await withPostgresStage { stage in
                let runs = RunStoreUnderTest.of(stage)
                let run = try await runs.start(1...1)
                for first in [2, 102] { try await runs.record(run, first...(first + 99), size: 1000) }
                let version = "SELECT xmin FROM parley.runs"
                let before = try await stage.ask(version)
                #expect(try await runs.numbers(of: run)?.end == .open)
                #expect(try await stage.ask(version) == before)
                _ = try await runs.numbers(of: run, after: 201)
                let noted = try await stage.ask(version)
                #expect(noted != before)
                for _ in 0..<10 { _ = try await runs.numbers(of: run, after: 201) }
                #expect(try await stage.ask(version) == noted)
            }
        }

        @Test func aReaderThatIsOvertakenReadsAgain() async throws {
            try await withPostgresStage(workers: 1) { stage in
                let runs = RunStoreUnderTest.of(stage)
                for round in 1...20 {
                    let run = try await runs.start(1...1)
                    try await runs.watching(run, for: .events, on: stage.store) { signal in
                        async let recorded = runs.record(run, 2...2)
                        let page = try await runs.numbers(of: run, after: 1)
                        _ = try await recorded
                        // Whichever came first: the reader has it, or is told.
                        if page == Numbers([], .open) {
                            #expect(await signal.comes(), "round \(round)")
                        } else {
                            #expect(page == Numbers([2], .open))
                        }
                    }
                }
            }
        }

        @Test func theSweepDeletesWhatHadItsTimeAndNothingElse() async throws {
            let life = RunLife(silence: .seconds(60), afterLoss: .seconds(60), afterEnd: .milliseconds(1))
            try await withPostgresStage(workers: 1, runLife: life) { stage in
                let runs = RunStoreUnderTest.of(stage)
                let session = try freshSession("swept")
                for _ in 0..<3 { try await runs.record(runs.start(1...9).ended(), 10...10) }
                let turn = try await runs.startTurn(in: session)
                try await runs.commit(turn)
                let gone = try await runs.startTurn(in: freshSession("cleared"))
                try await stage.store.forget(gone.run.id)
                _ = try await stage.store.cleanup(dryRun: true)
                #expect(try await stage.runRows() == "5 32 2", "who only counts removes nothing")
                _ = try await stage.store.cleanup(dryRun: false)
                #expect(try await stage.runRows() == "2 2 2", "the run that lives and the mark")
                // A record that was under way when the run was forgotten leaves events behind.
                try await stage.ask("INSERT INTO parley.run_events VALUES ('\(gone.run.id.text)', 1, 'late', '')")
                try await stage.ask("UPDATE parley.begun_runs SET expires_at = now() WHERE is_forgotten")
                try await stage.ask("UPDATE parley.runs SET expires_at = now() WHERE state = 'forgotten'")
                _ = try await stage.store.cleanup(dryRun: false)
                #expect(try await stage.runRows() == "1 2 1")
                #expect(try await runs.numbers(of: turn.run) == Numbers(1...2, .open))
            }
        }

        @Test func runsOfASessionThatHasExpiredAreDroppedWithIt() async throws {
            try await withPostgresStage { stage in
                let runs = RunStoreUnderTest.of(stage)
                let session = try freshSession("expired")
                let turn = try await runs.startTurn(in: session)
                try await runs.record(turn.run.ended(), 3...3)
                try await runs.commit(turn)
                try await stage.ask("DELETE FROM parley.sessions")
                #expect(try await !stage.another.clear(session, for: .principal(.bob)))
                #expect(try await runs.numbers(of: turn.run) == Numbers(1...3, .ended), "the run is not nobody's")
                #expect(try await !stage.another.clear(session, for: .principal(.alice)))
                #expect(try await runs.numbers(of: turn.run) == nil)
                #expect(try await stage.ask("SELECT count(*) FROM parley.run_events") == "0")
            }
        }

        @Test func aClearTellsThoseConcernedAtOnce() async throws {
            try await withPostgresStage { stage in
                let runs = RunStoreUnderTest.of(stage)
                let session = try freshSession("told")
                let turn = try await runs.startTurn(in: session)
                try await runs.watching(turn.run, for: .wishes, on: stage.store) { recorder in
                    try await runs.watching(turn.run, for: .events, on: stage.store) { reader in
                        _ = try await stage.another.clear(session, for: .principal(.alice))
                        #expect(await recorder.comes())
                        #expect(await reader.comes())
                    }
                }
            }
        }

        @Test func aClearAndARecordAtOnceLeaveNothingToRead() async throws {
            try await withPostgresStage { stage in
                let runs = RunStoreUnderTest.of(stage)
                for _ in 0..<50 {
                    let session = try freshSession("raced")
                    let run = RunRecord.running(in: session)
                    let claim = TurnClaim(
                        scope: .session(session),
                        runID: run.id,
                        principal: .alice,
                        waitUntil: .now + .seconds(60)
                    )
                    _ = try await stage.store.begin(claim).basis()
                    async let cleared = stage.another.clear(session, for: .principal(.alice))
                    _ = try await runs.record(run, 1...5)
                    #expect(try await cleared)
                    #expect(try await runs.numbers(of: run) == nil)
                    #expect(try await runs.record(run, 1...6) == .forgotten)
                }
            }
        }

        @Test func aServerWithStricterIsolationOnlyCostsRepetitions() async throws {
            let options = "options=-c%20default_transaction_isolation%3Dserializable"
            try await withPostgresStage(options: options) { stage in
                let runs = RunStoreUnderTest.of(stage)
                let run = try await runs.start(1...1)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { for number in 2...60 { try await runs.record(run, number...number) } }
                    for caller in [Caller.principal(.alice), .operator] {
                        group.addTask {
                            for number in 1...40 {
                                _ = try await runs.numbers(of: run, after: number)
                                #expect(try await stage.another.cancel(run.id, for: caller) == .running)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await runs.numbers(of: run) == Numbers(1...60, .open))
                #expect(try await runs.record(run) == .cancel)
            }
        }

        @Test func statementsGoByTheirIndexes() async throws {
            try await withPostgresStage(workers: 1) { stage in
                try await stage.ask(
                    """
                    INSERT INTO parley.runs
                    SELECT 'r' || n, 'user:1', NULL, 'running', false, 0, 0, NULL, 0, 0, 0, 1, 20, false, '-infinity',
                        now() + interval '1 hour' FROM generate_series(1, 5000) AS n;
                    INSERT INTO parley.run_events
                    SELECT 'r' || n, e, 'text.delta', '' FROM generate_series(1, 5000) AS n, generate_series(1, 20) AS e;
                    INSERT INTO parley.begun_runs
                    SELECT 'r' || n, 's' || n % 500, 'user:1', false, now() + interval '1 hour'
                    FROM generate_series(1, 5000) AS n;
                    ANALYZE parley.runs, parley.run_events, parley.begun_runs
                    """
                )
                let record = "'r7', 'user:1', NULL, 'running', false, 0, 0, NULL, 1, 1, 1, 1000, 9"
                for (statement, parameters) in [
                    (RunStatements.record, record + ", '{21}', '{x}', '{NULL}'"),
                    (RunStatements.read, "'r7', NULL, 1000"),
                    (RunStatements.events, "'r7', NULL, 3, 65536, 32, 1000, 6000"),
                    (RunStatements.cancel, "'r7', 'user:1'"),
                    (RunStatements.forget, "'r7', 1000"),
                    (RunStatements.clear, "'s7', 1000, 'user:1'"),
                ] {
                    let plan = try await stage.ask(
                        """
                        SET plan_cache_mode = force_generic_plan;
                        PREPARE q AS \(statement);
                        EXPLAIN EXECUTE q(\(parameters))
                        """
                    )
                    #expect(plan.contains("Index") && !plan.contains("Seq Scan"), "\(plan)")
                }
                for (statement, index) in [
                    (SessionStatements.endExpired, "sessions_by_expiry"),
                    (SessionStatements.forgetUnneeded, "sessions_by_need"),
                    (SessionStatements.forgetAnswers, "answers_by_expiry"),
                    (RunStatements.forgetBegun, "begun_runs_by_expiry"),
                ] {
                    let plan = try await stage.ask(
                        "SET enable_seqscan = off; PREPARE q AS \(statement); EXPLAIN EXECUTE q(500)"
                    )
                    let search = try #require(plan.range(of: index)?.upperBound)
                    #expect(plan[search...].contains("Index Cond"), "what has not expired is not looked at: \(plan)")
                }
            }
        }
    }
}

extension PostgresTroubleTests {
    @Test func aCrashLosesRunsButNotWhatWasForgotten() async throws {
        try await PostgresServer.with { server in
            try await withPostgresStage(on: server) { stage in
                let runs = RunStoreUnderTest.of(stage)
                let session = try freshSession("crashed")
                let (kept, forgotten) = (try await runs.start(1...2), try await runs.startTurn(in: session))
                #expect(try await stage.store.clear(session, for: .anyone))
                let began = try await runs.startTurn(in: session)
                await server.kill()
                #expect(await code { try await runs.record(kept, 3...3) } == .unavailable)
                try await server.start()
                for store in stage.stores { while (try? await store.check()) == nil { try Task.checkCancellation() } }
                #expect(try await runs.numbers(of: kept) == nil)
                #expect(try await runs.record(kept, 3...3) == .nothing)
                #expect(try await runs.numbers(of: kept) == Numbers([3], .open), "with what is recorded from now on")
                #expect(try await runs.record(forgotten.run, 3...3) == .forgotten)
                // Where the server was long away the lease has run out, and the clear finds nothing but the run.
                _ = try await stage.store.clear(session, for: .anyone)
                #expect(try await runs.record(began.run, 3...3) == .forgotten, "begun before the crash, cleared after")
            }
        }
    }

    @Test func aReaderIsToldAfterItsSubscriptionWasLost() async throws {
        try await PostgresServer.with { server in
            try await withPostgresStage(on: server) { stage in
                let runs = RunStoreUnderTest.of(stage)
                let run = try await runs.start(1...2)
                try await runs.watching(run, for: .events, on: stage.another) { signal in
                    _ = try await runs.numbers(of: run, after: 2)
                    try await stage.ask(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                    )
                    #expect(await signal.comes(), "the new subscription makes everybody look")
                }
            }
        }
    }
}

extension RunStoreUnderTest {
    fileprivate static func of(_ stage: PostgresStage, life: RunLife = RunLife()) -> Self {
        Self(
            store: stage.store,
            another: stage.another,
            sessions: stage.store,
            life: life,
            // The server has a clock of its own, and it cannot be set: this waits for it.
            letPass: { try await Task.sleep(for: $0 + .milliseconds(100)) }
        )
    }
}

extension PostgresStage {
    /// How many rows there are of runs, of events, of runs that have begun.
    fileprivate func runRows() async throws -> String {
        try await ask(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM parley.runs), (SELECT count(*) FROM parley.run_events),
                (SELECT count(*) FROM parley.begun_runs))
            """
        )
    }

    /// How many statements about our tables there were since the count began.
    fileprivate func statements() async throws -> Int {
        let calls = try await ask(
            """
            SELECT sum(calls) FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid
            WHERE d.datname = current_database() AND query LIKE '%parley.%' AND query NOT LIKE '%pg_stat%'
            """
        )
        return Int(calls) ?? -1
    }

    /// What is notified while `body` runs.
    fileprivate func notifications(_ body: () async throws -> Void) async throws -> [String] {
        let (events, feed) = AsyncStream.makeStream(of: PostgresSubscriber.Event.self)
        let subscriber = try PostgresSubscriber(
            store.client.configuration,
            channel: PostgresSessionStore.channel,
            logger: .quiet
        ) { feed.yield($0) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await subscriber.run() }
            defer { group.cancelAll() }
            var told = events.makeAsyncIterator()
            #expect(await told.next(isolation: #isolation) == .subscribed)
            try await body()
            // Notifications come in the order of their transactions.
            try await ask("SELECT pg_notify('\(PostgresSessionStore.channel)', 'end')")
            var texts: [String] = []
            while case .message(let text) = await told.next(isolation: #isolation), text != Array("end".utf8) {
                texts.append(String(decoding: text, as: UTF8.self))
            }
            return texts
        }
    }
}

import Agent
import Foundation
import Postgres
import TestSupport
import Testing

@testable import Sessions

extension PostgresSuites {
    @Suite(.timeLimit(.minutes(3))) struct PostgresSessionStoreTests {
        @Test(arguments: SessionStoreContract.all)
        func keeps(_ promise: SessionStoreContract) async throws {
            try await Turnstile.servers.pass { try await check(promise) }
        }

        private func check(_ promise: SessionStoreContract) async throws {
            let leaseLength = promise.lease.length(short: .milliseconds(600))
            try await withPostgresStage(leaseLength: leaseLength) { stage in
                try await promise.check(
                    StoreUnderTest(
                        store: stage.store,
                        another: stage.another,
                        leaseLength: leaseLength,
                        waiting: { try await stage.waiting($0) },
                        // The server has a clock of its own, and it cannot be set: this waits for it.
                        letPass: { try await Task.sleep(for: .milliseconds($0 * 1000 + 100)) },
                        writeAsAnotherProgram: { try await stage.write($0, $1, timeToLive: $2) },
                        refusedSize: 16 * 1024 * 1024 + 1,
                        holdsExpiredSessions: true
                    )
                )
            }
        }

        @Test func whatIsCleanedUpIsGone() async throws {
            try await withPostgresStage(workers: 1, leaseLength: .milliseconds(100)) { stage in
                let canary = "canary-\(UInt64.random(in: .min ... .max))"
                let (session, key) = try (freshSession("cleaned"), Idempotency.fresh())
                let basis = try await stage.store.begin(.of(session, key: key)).basis()
                let record = TurnRecord.of(basis, "[\"\(canary)\"]", answer: canary, timeToLive: 1)
                #expect(try await stage.store.commit(record) == .stored)
                let dead = try await stage.store.begin(.of(session)).basis()
                #expect(try await stage.store.append([Array(canary.utf8)], to: dead.lease, timeToLive: 1) == nil)
                #expect(try await stage.store.clear(session, for: .anyone))
                #expect(
                    try await stage.rows(with: canary) == 0,
                    "a clear leaves neither history nor answer nor journal"
                )
                #expect(try await stage.ask("SELECT count(*) FROM parley.answers") == "1", "but what the key was for")

                try await stage.store.take("[\"\(canary)\"]", in: session)
                try await stage.ask("UPDATE parley.sessions SET expires_at = now(), needed_until = now()")
                try await stage.ask("UPDATE parley.answers SET expires_at = now()")
                #expect(try await stage.store.cleanup(dryRun: true) == 1)
                #expect(try await stage.store.cleanup(dryRun: false) == 1)
                let left = try await stage.ask(
                    """
                    SELECT (SELECT count(*) FROM parley.sessions) + (SELECT count(*) FROM parley.answers)
                    + (SELECT count(*) FROM parley.journal_entries)
                    """
                )
                #expect(left == "0")
            }
        }

        @Test func aLargeCleanupGoesInBatches() async throws {
            try await withPostgresStage(workers: 1) { stage in
                try await stage.ask(
                    """
                    INSERT INTO parley.sessions (id, history, expires_at)
                    SELECT 's' || n, '[]', now() - interval '1 second' FROM generate_series(1, 1700) AS n
                    """
                )
                #expect(try await stage.store.cleanup(dryRun: false) == 1700)
                #expect(try await stage.ask("SELECT count(*) FROM parley.sessions") == "0")
            }
        }

        @Test func theServiceSweepsByItself() async throws {
            try await withPostgresStage(workers: 1) { stage in
                let store = try PostgresSessionStore(
                    client: stage.store.client,
                    sweepInterval: .milliseconds(20),
                    logger: .quiet
                )
                let session = try freshSession("swept")
                try await stage.store.take("[1]", in: session)
                try await stage.ask("UPDATE parley.sessions SET expires_at = now(), needed_until = now()")
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await store.run() }
                    while (try? await stage.ask("SELECT count(*) FROM parley.sessions")) != "0", !Task.isCancelled {}
                    group.cancelAll()
                }
            }
        }

        @Test func theControlStaysSmall() async throws {
            try await withPostgresStage(workers: 1) { stage in
                let session = try freshSession("small")
                for turn in 0..<60 {
                    let basis = try await stage.store.begin(.of(session, key: .fresh())).basis()
                    #expect(
                        try await stage.store.append(
                            [Array(repeating: 0x20, count: 1000)],
                            to: basis.lease,
                            timeToLive: 9
                        ) == nil
                    )
                    #expect(try await stage.store.commit(.of(basis, "[\(turn)]", answer: "{}")) == .stored)
                }
                let idle = try await stage.ask("SELECT octet_length(control::text) FROM parley.sessions")
                _ = try await stage.store.begin(.of(session, key: .fresh())).basis()
                let held = try await stage.ask("SELECT octet_length(control::text) FROM parley.sessions")
                print("control after 60 turns with keys: \(idle) bytes idle, \(held) bytes in a turn with a key")
                #expect(Int(idle) ?? .max < 500)
                #expect(Int(held) ?? .max < 900)
            }
        }

        @Test func aRowThatIsNotOursIsUnreadableAndStays() async throws {
            try await withPostgresStage(workers: 1) { stage in
                let session = try freshSession("strange")
                try await stage.ask("INSERT INTO parley.sessions (id, control) VALUES ('\(session)', '[1]')")
                #expect(await code { _ = try await stage.store.begin(.of(session)) } == .unreadable)
                #expect(try await stage.ask("SELECT control FROM parley.sessions") == "[1]")
            }
        }

        @Test func refusesToLoadWhatIsTooLarge() async throws {
            try await withPostgresStage(workers: 1) { stage in
                let session = try freshSession("large")
                try await stage.ask(
                    """
                    INSERT INTO parley.sessions (id, history)
                    VALUES ('\(session)', convert_to(repeat(' ', 16777217), 'UTF8'))
                    """
                )
                #expect(await code { _ = try await stage.store.load(session, for: .anyone) } == .tooLarge)
                #expect(await code { _ = try await stage.store.begin(.of(session)) } == .tooLarge)
                #expect(try await stage.store.clear(session, for: .anyone))
            }
        }

        @Test func aJournalIsBounded() async throws {
            try await withPostgresStage(workers: 1) { stage in
                let basis = try await stage.store.begin(.of(freshSession("journal"))).basis()
                let entry = [UInt8](repeating: 0x20, count: 6 << 20)
                for _ in 0..<2 { #expect(try await stage.store.append([entry], to: basis.lease, timeToLive: 9) == nil) }
                #expect(
                    await code { _ = try await stage.store.append([entry], to: basis.lease, timeToLive: 9) }
                        == .tooLarge
                )
            }
        }

        @Test func aStandbyIsNotReady() async throws {
            try await withPostgresStage(workers: 1) { stage in
                try await stage.store.check()
                try await stage.ask("ALTER DATABASE \(stage.database) SET default_transaction_read_only = on")
                try await stage.ask(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """
                )
                // The connections of the pool find out one by one that they were ended.
                var error: StoreError?
                while error?.message.contains("standby") != true, !Task.isCancelled {
                    do throws(StoreError) { try await stage.store.check() } catch let refused { error = refused }
                }
                #expect(error?.code == .unavailable)
                #expect(await code { try await stage.store.take("[1]", in: freshSession("read-only")) } == .unavailable)
            }
        }

        @Test func listsGoByTheIndexOfTheirOwner() async throws {
            try await withPostgresStage(workers: 1) { stage in
                try await stage.ask(
                    """
                    INSERT INTO parley.sessions (id, history, owner, expires_at)
                    SELECT 's' || n, '[]', 'user:' || n % 1000, now() + interval '1 hour'
                    FROM generate_series(1, 20000) AS n;
                    ANALYZE parley.sessions
                    """
                )
                let plan = try await stage.ask(
                    """
                    PREPARE q AS \(SessionStatements.listOwned);
                    EXPLAIN EXECUTE q(15000, 100, 'user:7')
                    """
                )
                #expect(plan.contains("sessions_by_owner"), "\(plan)")
            }
        }
    }
}

extension PostgresStage {
    /// How many rows hold `text`.
    fileprivate func rows(with text: String) async throws -> Int {
        let digits = text.utf8.map { String(format: "%02x", $0) }.joined()
        let counts = try await ask(
            """
            SELECT (SELECT count(*) FROM parley.sessions AS s WHERE s::text LIKE '%\(digits)%')
            + (SELECT count(*) FROM parley.answers AS a WHERE a::text LIKE '%\(digits)%')
            + (SELECT count(*) FROM parley.journal_entries AS e WHERE e::text LIKE '%\(digits)%')
            """
        )
        return Int(counts) ?? -1
    }
}

/// The code of the `StoreError` that `body` throws.
func code(_ body: () async throws -> Void) async -> StoreError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StoreError)?.code
    }
}

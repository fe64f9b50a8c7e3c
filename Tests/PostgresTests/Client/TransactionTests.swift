import TestSupport
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(2))) struct TransactionTests {
    @Test func commitsAndRollsBack() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration { $0.poolSize = 1 }) { client in
                _ = try await client.query("CREATE TABLE t (a int4 UNIQUE DEFERRABLE INITIALLY DEFERRED)")
                let two = try await client.withTransaction { connection throws(PostgresError) in
                    _ = try await connection.query("INSERT INTO t VALUES (1)")
                    return try await connection.query("INSERT INTO t VALUES (2)").affected + 1
                }
                #expect(two == 2)

                let thrown = await failure {
                    try await client.withTransaction { connection throws(PostgresError) in
                        _ = try await connection.query("INSERT INTO t VALUES (3)")
                        throw PostgresError(.rolledBack, "changed my mind")
                    }
                }
                #expect(thrown?.message == "changed my mind" && thrown?.outcomeUnknown == false)

                // A body that overlooks the failure of a statement.
                let overlooked = await failure {
                    try await client.withTransaction { connection throws(PostgresError) in
                        _ = try await connection.query("INSERT INTO t VALUES (4)")
                        _ = try? await connection.query("SELECT 1/0")
                    }
                }
                #expect(overlooked?.code == .rolledBack)

                // Only the COMMIT finds it out.
                let late = await failure {
                    try await client.withTransaction { connection throws(PostgresError) in
                        _ = try await connection.query("INSERT INTO t VALUES (1)")
                    }
                }
                #expect(late?.sqlState == "23505" && late?.outcomeUnknown == false)

                let nested = await failure {
                    try await client.withTransaction { connection throws(PostgresError) in
                        try await connection.withTransaction { _ throws(PostgresError) in }
                    }
                }
                #expect(nested?.code == .misuse)
                #expect(try await client.query("SELECT sum(a) FROM t").single().int(0) == 3)
            }
        }
    }

    @Test func rollsBackWhenItIsCancelled() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration { $0.poolSize = 1 }) { client in
                _ = try await client.query("CREATE TABLE t (a int4)")
                for sleeps in [true, false] {
                    let gate = Gate()
                    let error = await withTaskGroup(of: PostgresError?.self) { group in
                        group.addTask {
                            await failure {
                                try await client.withTransaction { connection throws(PostgresError) in
                                    _ = try await connection.query("INSERT INTO t VALUES (1)")
                                    gate.open()
                                    // In the middle of a statement, or between two: the COMMIT must not be sent.
                                    if sleeps { _ = try await connection.query("SELECT pg_sleep(15)") }
                                    while !Task.isCancelled { await Task.yield() }
                                }
                            }
                        }
                        try? await gate.wait()
                        group.cancelAll()
                        return await group.next() ?? nil
                    }
                    #expect(error?.code == .cancelled && error?.outcomeUnknown == false)
                    #expect(try await client.query("SELECT count(*) FROM t").single().int(0) == 0)
                }
            }
        }
    }

    @Test func aTransactionLeftOpenGoesWithItsConnection() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration { $0.poolSize = 1 }) { client in
                _ = try await client.query("CREATE TABLE t (a int4)")
                let first = try await client.withConnection { connection throws(PostgresError) in
                    try await connection.execute("BEGIN; INSERT INTO t VALUES (1)")
                    return try await connection.query("SELECT pg_backend_pid()").single().int(0)
                }
                let row = try await client.query("SELECT pg_backend_pid(), (SELECT count(*) FROM t)").single()
                #expect(try row.int(0) != first)
                #expect(try row.int(1) == 0)
            }
        }
    }

    /// Of a lost COMMIT nobody knows; of what is lost before it everybody does.
    @Test func tellsWhetherItMayHaveHappened() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration()) { client in
                // The constraint's trigger sleeps within the COMMIT.
                try await client.withConnection { connection throws(PostgresError) in
                    try await connection.execute(
                        """
                        CREATE TABLE t (a int4);
                        CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS
                            $$ BEGIN PERFORM pg_sleep(15); RETURN NULL; END $$;
                        CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                            FOR EACH ROW EXECUTE FUNCTION nap();
                        """
                    )
                }
                // Longer than what comes before the sleep, shorter than the sleep.
                let deadline = { ContinuousClock.now + .seconds(3) }
                let commit = await failure {
                    try await client.withTransaction(deadline: deadline()) { connection throws(PostgresError) in
                        _ = try await connection.query("INSERT INTO t VALUES (1)")
                    }
                }
                #expect(commit?.code == .timeout && commit?.outcomeUnknown == true)
                let alone = await failure {
                    _ = try await client.query("INSERT INTO t VALUES (1)", deadline: deadline())
                }
                #expect(alone?.code == .timeout && alone?.outcomeUnknown == true)
                let before = await failure {
                    try await client.withTransaction(deadline: deadline()) { connection throws(PostgresError) in
                        _ = try await connection.query("SELECT pg_sleep(15)")
                    }
                }
                #expect(before?.code == .timeout && before?.outcomeUnknown == false)

                let lost = await withTaskGroup(of: PostgresError?.self) { group in
                    group.addTask { await failure { _ = try await client.query("INSERT INTO t VALUES (2)") } }
                    let seen = try? await eventually {
                        try await server.ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT%2)'")
                            == "1"
                    }
                    #expect(seen == true)
                    _ = try? await server.ask(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'INSERT%2)'"
                    )
                    return await group.next() ?? nil
                }
                #expect(lost?.code == .connectionClosed && lost?.sqlState == "57P01" && lost?.outcomeUnknown == true)
            }
        }
    }
}

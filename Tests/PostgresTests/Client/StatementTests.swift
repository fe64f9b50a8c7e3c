import Foundation
import TestSupport
import Testing

@testable import Postgres

/// Statements on a real server that does what it should.
@Suite(.timeLimit(.minutes(2))) struct StatementTests {
    @Test func readsEachType() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration()) { client in
                let text = """
                    SELECT 1::int2, (-2)::int4, 3::int8, 4::oid, true, false, 1.5::float8, 0.5::float4,
                        'text', 'varchar'::varchar, 'c'::char(2), 'name'::name, '{"a":1}'::json, '{"a":1}'::jsonb,
                        '\\x00ff'::bytea, null::int8, '1970-01-01 00:00:01.5+00'::timestamptz, 'infinity'::timestamptz
                    """
                let row = try await client.query(text).single()
                #expect(try (0...3).map { try row.int($0) } == [1, -2, 3, 4])
                #expect(try row.bool(4) && !row.bool(5))
                #expect(try row.double(6) == 1.5 && row.double(7) == 0.5)
                let texts = ["text", "varchar", "c ", "name", "{\"a\":1}", "{\"a\": 1}"]
                #expect(try (8...13).map { try row.string($0) } == texts)
                #expect(try row.bytes(14) == [0, 255])
                #expect(try row.optionalInt(15) == nil && row.optionalString(15) == nil)
                #expect(try row.microseconds(16) == 1_500_000)
                #expect(try row.microseconds(17) == .max)
                let wrong: [(PostgresRow) throws -> Void] = [
                    { _ = try $0.int(8) },
                    { _ = try $0.string(0) },
                    { _ = try $0.string(14) },
                    { _ = try $0.int(15) },
                    { _ = try $0.bool(18) },
                    { _ = try $0.int(-1) },
                ]
                for read in wrong {
                    #expect(await failure { try read(row) }?.code == .unexpectedResult)
                }
            }
        }
    }

    /// Whatever bytes and texts go in come out.
    @Test func valuesComeBackAsTheyWent() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration()) { client in
                var dice = Dice(state: UInt64.random(in: 0 ... .max))
                let alphabet = ["a", "\"", "'", "\\", "\n", "{", "$1", "é", "漢", "👩‍🚀", "\u{1}", "\u{10FFFF}", " "]
                for _ in 0..<soak(2000, otherwise: 200) {
                    let bytes = (0..<dice.index(300)).map { _ in UInt8(dice.index(256)) }
                    let text = (0..<dice.index(60)).map { _ in dice.pick(alphabet) }.joined()
                    let number = [Int.min, Int.max, 0, -1, dice.index(1_000_000)][dice.index(5)]
                    let flag = dice.roll(2) == 1
                    let json = try JSONSerialization.data(withJSONObject: [text], options: [])
                    let row = try await client.query(
                        "SELECT $1::bytea, $2::text, $3::int8, $4::bool, $5::json, $6::text, length($2)",
                        [.bytes(bytes), .text(text), .integer(number), .boolean(flag), .json([UInt8](json)), nil]
                    ).single()
                    #expect(try row.bytes(0) == bytes)
                    #expect(try row.string(1).utf8.elementsEqual(text.utf8))
                    #expect(try row.int(2) == number)
                    #expect(try row.bool(3) == flag)
                    #expect(try row.bytes(4) == [UInt8](json))
                    #expect(try row.optionalString(5) == nil)
                    #expect(try row.int(6) == text.unicodeScalars.count)
                }
                #expect(
                    await failure { _ = try await client.query("SELECT $1::text", ["a\u{0}b"]) }?.code
                        == .invalidParameter
                )
                #expect(await failure { _ = try await client.query("SELECT \u{0}1") }?.code == .invalidParameter)
                let invalid = await failure {
                    _ = try await client.query("SELECT $1::json", [.json([0x22, 0xFF, 0x22])])
                }
                #expect(invalid?.sqlState == "22021")
            }
        }
    }

    @Test(arguments: [false, true])
    func carriesLargeValuesBothWays(overTLS: Bool) async throws {
        try await PostgresServer.with(tls: overTLS) { server in
            let url = server.url(overTLS ? "sslmode=require" : "sslmode=disable")
            var configuration = try PostgresConfiguration(patient: url)
            configuration.poolSize = 1
            try await withClient(configuration) { client in
                let process = try await client.query("SELECT pg_backend_pid()").single().int(0)
                let encrypted = try await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                #expect(try encrypted.single().bool(0) == overTLS)
                // Sizes around the buffers of libpq and the records of TLS, and one that fills the socket.
                for size in [8_191, 16_383, 16_384, 16_385, 24_576, 32_768, 65_535, 100_000, 1_048_576, 8_388_608] {
                    let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                    let row = try await client.query("SELECT $1::bytea, 7", [.bytes(value)]).single()
                    #expect(try row.bytes(0) == value)
                    #expect(try row.int(1) == 7)
                }
                #expect(try await client.query("SELECT pg_backend_pid()").single().int(0) == process, "one connection")
                let rows = try await client.query("SELECT n, repeat('x', 1000) FROM generate_series(1, 5000) n")
                #expect(rows.count == 5000)
                #expect(try rows.enumerated().allSatisfy { try $1.int(0) == $0 + 1 && $1.string(1).utf8.count == 1000 })
            }
        }
    }

    @Test func countsWhatItWrites() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration()) { client in
                try await client.withConnection { connection throws(PostgresError) in
                    try await connection.execute("CREATE TABLE t (a int4 PRIMARY KEY); CREATE TABLE u (b jsonb)")
                    let inserted = try await connection.query("INSERT INTO t SELECT generate_series(1, $1)", [5])
                    #expect(inserted.affected == 5 && inserted.isEmpty)
                    let deleted = try await connection.query("DELETE FROM t WHERE a > $1 RETURNING a", [3])
                    #expect(deleted.affected == 2 && deleted.count == 2)
                    let duplicate = await failure { _ = try await connection.query("INSERT INTO t VALUES ($1)", [1]) }
                    #expect(duplicate?.code == .server && duplicate?.sqlState == "23505")
                    #expect(duplicate?.constraint == "t_pkey" && duplicate?.outcomeUnknown == false)
                    let quoted = await failure { _ = try await connection.query("SELECT $1::int4", ["secret"]) }
                    #expect(quoted?.sqlState == "22P02")
                    #expect(quoted.map { !"\($0)".contains("secret") } == true)
                    // The connection has come through all of that.
                    #expect(try await connection.query("SELECT count(*) FROM t").single().int(0) == 3)
                }
            }
        }
    }

    @Test func preparesOnceAndSurvivesAChangeOfTheSchema() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration { $0.poolSize = 1 }) { client in
                try await client.withConnection { connection throws(PostgresError) in
                    try await connection.execute("CREATE TABLE t (a int4); INSERT INTO t VALUES (1)")
                    for _ in 0..<3 { _ = try await connection.query("SELECT * FROM t WHERE a = $1", [1]) }
                    let known = try await connection.query(
                        "SELECT count(*) FROM pg_prepared_statements WHERE statement ~ '^SELECT \\* FROM t'"
                    )
                    #expect(try known.single().int(0) == 1)
                    try await connection.execute("ALTER TABLE t ADD COLUMN b text DEFAULT 'new'")
                    let row = try await connection.query("SELECT * FROM t WHERE a = $1", [1]).single()
                    #expect(try row.string(1) == "new")
                    try await connection.execute("DEALLOCATE ALL")
                    #expect(try await connection.query("SELECT * FROM t WHERE a = $1", [1]).count == 1)
                }
            }
        }
    }

    @Test func preparesNoMoreThanItsLimit() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration { $0.poolSize = 1 }) { client in
                for number in 0..<300 {
                    let row = try await client.query("SELECT $1::int8 + \(number)", [1]).single()
                    #expect(try row.int(0) == number + 1)
                }
                let prepared = try await client.query("SELECT count(*) FROM pg_prepared_statements").single().int(0)
                #expect(prepared == 256)
            }
        }
    }

    @Test func refusesWhatIsNoStatementForHere() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration { $0.poolSize = 1 }) { client in
                for copy in ["COPY (SELECT 1) TO STDOUT", "COPY pg_class FROM STDIN"] {
                    let error = await failure {
                        try await client.withConnection { connection throws(PostgresError) in
                            try await connection.execute(copy)
                        }
                    }
                    #expect([.unexpectedResult, .server].contains(error?.code))
                }
                let empty = try await client.query("")
                #expect(empty.isEmpty)
                let missing = await failure { _ = try await client.query("SELECT * FROM nothing_here") }
                #expect(missing?.sqlState == "42P01" && missing?.message.contains("nothing_here") == true)
            }
        }
    }
}

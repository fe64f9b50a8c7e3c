import Agent
import Foundation
import TestSupport
import Testing

/// `parley migrate`, the real program, with a real PostgreSQL.
@Suite(.timeLimit(.minutes(2))) struct MigrateCommandTests {
    private typealias Outcome = (exit: ChildProcess.Exit, output: String)

    private func migrate(_ arguments: [String] = [], _ url: String?) async throws -> Outcome {
        try await ParleyWorker.runToEnd(["migrate"] + arguments, environment: url.map { ["DATABASE_URL": $0] } ?? [:])
    }

    @Test func aDatabaseIsTakenToTheNewestVersionOnce() async throws {
        try await PostgresServer.with { server in
            let before = try await migrate(["--check"], server.url)
            #expect(before.exit == .exited(1))
            let told = before.output.wholeMatch(of: /The schema has version 0, this program needs (\d+)\n/)
            let newest = try #require(told?.1)
            let none = try await server.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'parley'")
            #expect(none == "0", "who only asks changes nothing")

            let first = try await migrate(["--database-url", server.url], nil)
            #expect(first.exit == .exited(0))
            #expect(first.output == "The schema went from version 0 to \(newest)\n")
            for arguments in [[], ["--check"]] {
                let again = try await migrate(arguments, server.url)
                #expect(again.exit == .exited(0))
                #expect(again.output == "The schema is up to date: version \(newest)\n")
            }
            #expect(try await server.ask("SELECT count(*) FROM parley.schema_version") == newest)
        }
    }

    @Test func severalAtOnceDoItOnce() async throws {
        try await PostgresServer.with { server in
            let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                for _ in 0..<3 { group.addTask { try await migrate([], server.url) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.allSatisfy { $0.exit == .exited(0) })
            #expect(outcomes.count { $0.output.contains("from version 0") } == 1, "\(outcomes.map(\.output))")
        }
    }

    @Test func whatGoesWrongIsOneLineAndAStatus() async throws {
        try await PostgresServer.with { server in
            try await server.ask("CREATE ROLE guest LOGIN PASSWORD 'secret'")
            let guest = server.url(user: "guest", password: "secret")
            let wrong = server.url(password: "secret")
            let nobody = "postgresql://parley:secret@127.0.0.1:\(try FreePort.reserve())/parley"
            for (arguments, url, status, words) in [
                ([], nil, 1, "DATABASE_URL is not set"),
                ([], "http://secret", 1, "DATABASE_URL is wrong: the PostgreSQL URL must begin with"),
                ([], guest, 1, "permission denied for database parley"),
                ([], wrong, 69, "password authentication failed"),
                (["--check"], nobody, 69, "Connection refused"),
            ] as [([String], String?, Int32, String)] {
                let (exit, output) = try await migrate(arguments, url)
                #expect(exit == .exited(status), "\(output)")
                #expect(output.hasPrefix("Error: ") && output.contains(words), "\(output)")
                #expect(output.split(separator: "\n").count == 1, "\(output)")
                #expect(!output.contains("secret"))
            }
            #expect(try await migrate([], server.url).exit == .exited(0))
            try await server.ask("INSERT INTO parley.schema_version VALUES (1000)")
            for arguments in [[], ["--check"]] {
                let (exit, output) = try await migrate(arguments, server.url)
                #expect(exit == .exited(1))
                #expect(output.contains("The database has schema 1000"), "\(output)")
            }
        }
    }
}

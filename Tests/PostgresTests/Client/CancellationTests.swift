import Foundation
import TestSupport
import Testing

@testable import Postgres

/// Promise: no one else's data, ever.
@Suite(.timeLimit(.minutes(30))) struct CancellationTests {
    @Test func aCancelledCallerReturnsAtOnceAndTheServerStops() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration { $0.poolSize = 1 }) { client in
                _ = try await client.query("SELECT 1")
                let running =
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)%' AND state = 'active'"
                    + " AND pid <> pg_backend_pid()"
                let error = await withTaskGroup(of: PostgresError?.self) { group in
                    group.addTask { await failure { _ = try await client.query("SELECT pg_sleep(3600)") } }
                    let isRunning = try? await eventually { try await server.ask(running) == "1" }
                    #expect(isRunning == true)
                    let start = ContinuousClock.now
                    group.cancelAll()
                    let error = await group.next() ?? nil
                    #expect(ContinuousClock.now - start < .seconds(5))
                    return error
                }
                #expect(error?.code == .cancelled && error?.outcomeUnknown == true)
                let start = ContinuousClock.now
                #expect(try await client.query("SELECT 5").single().int(0) == 5)
                // The server notices that its client is gone, and does not sleep on.
                let hasStopped = try await eventually { try await server.ask(running) == "0" }
                #expect(hasStopped)
                print(
                    "a cancelled statement ended on the server \(ContinuousClock.now - start) after its client had left"
                )
            }
        }
    }

    @Test func aStatementThatIsTooSlowEndsOnTheServerAndCostsNoConnection() async throws {
        try await PostgresServer.with { server in
            let configuration = try server.configuration {
                $0.poolSize = 1
                $0.statementTimeoutMilliseconds = 4000
            }
            try await withClient(configuration) { client in
                // The server has a tenth of the time in which to be first. A machine that stands still just then does not
                // do so three times.
                var isKept = false
                for _ in 0..<3 where !isKept {
                    let before = try await client.query("SELECT pg_backend_pid()").single().int(0)
                    let error = await failure { _ = try await client.query("SELECT pg_sleep(3600)") }
                    #expect(error?.code == .timeout)
                    let after = try await client.query("SELECT pg_backend_pid()").single().int(0)
                    isKept = error?.outcomeUnknown == false && error?.sqlState == "57014" && after == before
                }
                #expect(isKept)
            }
        }
    }

    /// 100,000 statements with PARLEY_SOAK.
    private static let gusts = soak(1000, otherwise: 40)

    @Test func aStormOfCancellationsAndTimeoutsMixesNothingUp() async throws {
        try await PostgresServer.with(["max_connections=300"]) { server in
            let configuration = try server.configuration {
                $0.statementTimeoutMilliseconds = 300
                $0.connectTimeoutMilliseconds = 3000
                $0.waitTimeoutMilliseconds = 5000
            }
            try await withClient(configuration) { client in
                _ = await recovery(of: client)
                let start = ContinuousClock.now
                var counts = Counts()
                for gust in 0..<Self.gusts { await blow(gust, over: client, of: server, into: &counts) }
                print("storm of \(counts.total) statements in \(ContinuousClock.now - start): \(counts)")
                #expect(counts.total == Self.gusts * 100)
                #expect(counts[.foreign] == 0)
                #expect(counts[.own] > counts.total / 10 && counts[.cancelled] > counts.total / 10)
                #expect(counts[.timedOut] > 0)
                _ = await recovery(of: client)
                let last = try await client.query("SELECT 'last'").single().string(0)
                #expect(last == "last")
            }
        }
    }

    private enum Outcome: String, CaseIterable { case own, foreign, cancelled, timedOut, lost }

    private struct Counts: CustomStringConvertible {
        private var counts: [Outcome: Int] = [:]

        subscript(outcome: Outcome) -> Int {
            get { counts[outcome, default: 0] }
            set { counts[outcome] = newValue }
        }

        var total: Int { counts.values.reduce(0, +) }

        var description: String {
            let parts = [
                "\(self[.own]) answered", "\(self[.cancelled]) cancelled", "\(self[.timedOut]) timed out",
                "\(self[.lost]) lost with their connection", "\(self[.foreign]) foreign answers",
            ]
            return parts.joined(separator: ", ")
        }
    }

    /// A hundred statements at once, of which many are cancelled at a random moment. In the middle of every tenth gust the
    /// server stands still for a while, about as long as a statement may take: some answers come just too late.
    private func blow(
        _ gust: Int,
        over client: PostgresClient,
        of server: PostgresServer,
        into counts: inout Counts
    ) async {
        let isStalled = gust % 10 == 9
        await withTaskGroup(of: Outcome.self) { group in
            for number in 0..<100 {
                group.addTask { await ask(client, number: gust * 100 + number, isPatient: isStalled) }
            }
            if isStalled {
                counts[await group.next() ?? .lost] += 1
                server.pause()
                // Every other time surely too long.
                try? await Task.sleep(for: .milliseconds(gust % 20 == 9 ? 500 : Int.random(in: 200...400)))
                server.resume()
            }
            for await outcome in group { counts[outcome] += 1 }
        }
        if isStalled { _ = await recovery(of: client) }
    }

    /// Asks for its own number back, after a moment, in one of the ways in which there is to ask.
    private func ask(_ client: PostgresClient, number: Int, isPatient: Bool) async -> Outcome {
        await withTaskGroup(of: Outcome.self) { group in
            group.addTask {
                do throws(PostgresError) {
                    let answer =
                        number % 3 == 0
                        ? try await client.withTransaction { connection throws(PostgresError) in
                            _ = try await connection.query("SELECT $1::int8", [-1])
                            return try await numberBack(number, connection, isSlow: isPatient)
                        }
                        : try await client.withConnection { connection throws(PostgresError) in
                            try await numberBack(number, connection, isSlow: isPatient)
                        }
                    return answer == number ? .own : .foreign
                } catch {
                    switch error.code {
                    case .cancelled: return .cancelled
                    case .timeout: return .timedOut
                    // An answer of another shape is somebody else's.
                    case .unexpectedResult: return .foreign
                    default: return .lost
                    }
                }
            }
            for _ in 0..<Int.random(in: 0..<200) { await Task.yield() }
            if Int.random(in: 0..<3) > (isPatient ? 1 : 0) { group.cancelAll() }
            return await group.next() ?? .lost
        }
    }

    /// - Parameter isSlow: whether a quarter of the numbers take so long that some are under way when the server is paused.
    private func numberBack(
        _ number: Int,
        _ connection: PostgresConnection,
        isSlow: Bool
    ) async throws(PostgresError) -> Int {
        switch number % 4 {
        case 0: return try await connection.query("SELECT $1::int8", [.integer(number)]).single().int(0)
        case 1:
            let pause = PostgresParameter.text(isSlow ? "0.2" : "0.00\(number % 9)")
            return try await connection.query("SELECT $1::int8, pg_sleep($2)::text", [.integer(number), pause]).single()
                .int(0)
        case 2:
            let long = "SELECT repeat(' ', 20000) || $1"
            let text = try await connection.query(long, [.text("\(number)")]).single().string(0)
            return Int(text.drop { $0 == " " }) ?? -1
        default:
            let rows = try await connection.query("SELECT $1::int8 FROM generate_series(1, 50)", [.integer(number)])
            for row in rows where try row.int(0) != number { return try row.int(0) }
            return rows.count == 50 ? number : -1
        }
    }
}

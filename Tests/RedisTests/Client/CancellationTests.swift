import Foundation
import NIOPosix
import TestSupport
import Testing

@testable import Redis

/// Promise: no one else's data, ever.
@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    @Test func aCancelledCallerReturnsAtOnce() async throws {
        try await RedisServer.with { server in
            try await withClient(server.configuration()) { client in
                // Holds writes back until told otherwise.
                _ = try await client.send(RedisCommand("CLIENT", "PAUSE", 60_000, "WRITE"))
                let start = ContinuousClock.now
                let result = await withTaskGroup(of: RedisError.Code?.self) { group in
                    group.addTask { await code { _ = try await client.send(RedisCommand("SET", "k", "v")) } }
                    await Task.yield()
                    group.cancelAll()
                    return await group.next() ?? nil
                }
                #expect(result == .cancelled)
                #expect(ContinuousClock.now - start < .seconds(5))
                _ = try server.ask("CLIENT UNPAUSE")
                let answer = try await client.text("ECHO", "mine")
                #expect(answer == "mine")
            }
        }
    }

    /// 100,000 commands with PARLEY_SOAK.
    private static let gusts = soak(500, otherwise: 100)

    @Test func aStormOfCancellationsAndTimeoutsMixesNothingUp() async throws {
        try await RedisServer.with { server in
            let configuration = try server.configuration { $0.commandTimeoutMilliseconds = 150 }
            let loops = MultiThreadedEventLoopGroup.singleton
            try await withClient(configuration, eventLoopGroup: loops) { client in
                _ = await recovery(of: client)
                for tenant in ["alice", "bob"] {
                    _ = try await client.textAtLast("SET", "session:\(tenant)", "\(tenant)'s")
                }
                let counts = try await storm(over: client, of: server)
                print("storm of \(counts.total) commands, two tenants: \(counts)")
                #expect(counts.total == Self.gusts * 200)
                #expect(counts[.foreign] == 0)
                #expect(counts[.own] > counts.total / 10 && counts[.cancelled] > counts.total / 10)
                // The first time-out of a connection closes it, and the others are lost with it.
                #expect(counts[.timedOut] > 0 && counts[.timedOut] + counts[.lost] > Self.gusts / 2)
                // Every slot has had its reply: nothing is left over for the next command.
                _ = await recovery(of: client)
                let last = try await client.textAtLast("ECHO", "last")
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
                "\(self[.lost]) lost with their connection", "\(self[.foreign]) foreign replies",
            ]
            return parts.joined(separator: ", ")
        }
    }

    /// Gusts of 200 commands of two tenants, most of them cancelled at a random moment. In the middle of every tenth the
    /// server says nothing for a while, about as long as commands may take: some replies come just too late.
    private func storm(over client: RedisClient, of server: RedisServer) async throws -> Counts {
        var counts = Counts()
        for gust in 0..<Self.gusts {
            let isStalled = gust % 10 == 9
            if isStalled { _ = try server.ask("CLIENT PAUSE \(Int.random(in: 100...250)) ALL") }
            await withTaskGroup(of: Outcome.self) { group in
                for number in 0..<200 {
                    let tenant = number % 2 == 0 ? "alice" : "bob"
                    group.addTask { await ask(client, as: tenant, number: gust * 200 + number, isPatient: isStalled) }
                }
                for await outcome in group { counts[outcome] += 1 }
            }
            if isStalled { _ = await recovery(of: client) }
        }
        return counts
    }

    /// Asks for the tenant's session, or for words that no other command has.
    private func ask(_ client: RedisClient, as tenant: String, number: Int, isPatient: Bool) async -> Outcome {
        let words = "\(tenant) \(number)"
        let isRead = number % 4 < 2
        return await withTaskGroup(of: Outcome.self) { group in
            group.addTask {
                do throws(RedisError) {
                    let command = isRead ? RedisCommand("GET", "session:\(tenant)") : RedisCommand("ECHO", words)
                    return try await client.send(command).text() == (isRead ? "\(tenant)'s" : words) ? .own : .foreign
                } catch {
                    switch error.code {
                    case .cancelled: return .cancelled
                    case .timeout: return .timedOut
                    // A reply of another shape is somebody else's.
                    case .unexpectedReply: return .foreign
                    default: return .lost
                    }
                }
            }
            for _ in 0..<Int.random(in: 0..<6) { await Task.yield() }
            if Int.random(in: 0..<3) > (isPatient ? 1 : 0) { group.cancelAll() }
            return await group.next() ?? .lost
        }
    }
}

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
                _ = try await client.send(RedisCommand("CLIENT", "PAUSE", 2000, "ALL"))
                let start = ContinuousClock.now
                let result = await withTaskGroup(of: RedisError.Code?.self) { group in
                    group.addTask { await code { _ = try await client.send(RedisCommand("GET", "k")) } }
                    await Task.yield()
                    group.cancelAll()
                    return await group.next() ?? nil
                }
                #expect(result == .cancelled)
                #expect(ContinuousClock.now - start < .milliseconds(1500))
                let answer = try await client.text("ECHO", "mine")
                #expect(answer == "mine")
            }
        }
    }

    @Test func aStormOfCancellationsMixesNothingUp() async throws {
        try await RedisServer.with { server in
            let loops = MultiThreadedEventLoopGroup.singleton
            try await withClient(server.configuration(), eventLoopGroup: loops) { client in
                _ = try await client.text("SET", "alice", "alice's")
                _ = try await client.text("SET", "bob", "bob's")
                let counts = await storm(over: client)
                print("cancellation storm: \(counts)")
                #expect(counts.own + counts.cancelled == 20_000)
                #expect(counts.own > 1000)
                #expect(counts.cancelled > 1000)
                // Every slot has had its reply: nothing is left over for the next command.
                let last = try await client.text("ECHO", "last")
                #expect(last == "last")
            }
        }
    }

    private enum Outcome { case own, foreign, cancelled, failed }

    private struct Counts: CustomStringConvertible {
        var own = 0
        var foreign = 0
        var cancelled = 0
        var description: String { "\(own) replies, \(cancelled) cancelled, \(foreign) foreign replies" }
    }

    /// 100 gusts of 200 commands of two tenants, most of them cancelled at a random moment.
    private func storm(over client: RedisClient) async -> Counts {
        var counts = Counts()
        for _ in 0..<100 {
            await withTaskGroup(of: Outcome.self) { group in
                for number in 0..<200 {
                    group.addTask { await ask(client, as: number % 2 == 0 ? "alice" : "bob") }
                }
                for await outcome in group {
                    switch outcome {
                    case .own: counts.own += 1
                    case .foreign: counts.foreign += 1
                    case .cancelled: counts.cancelled += 1
                    case .failed: break
                    }
                }
            }
        }
        return counts
    }

    private func ask(_ client: RedisClient, as tenant: String) async -> Outcome {
        await withTaskGroup(of: Outcome.self) { group in
            group.addTask {
                do {
                    return try await client.text("GET", tenant) == "\(tenant)'s" ? .own : .foreign
                } catch {
                    return (error as? RedisError)?.code == .cancelled ? .cancelled : .failed
                }
            }
            for _ in 0..<Int.random(in: 0..<6) { await Task.yield() }
            if Int.random(in: 0..<3) > 0 { group.cancelAll() }
            return await group.next() ?? .failed
        }
    }
}

import Foundation
import NIOPosix
import TestSupport
import Testing

@testable import Redis

/// The client against servers that stall, die or talk nonsense: an error in bounded time, and back by itself.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TroubleTests {
    @Test func aStalledServerTimesOutAndComesBack() async throws {
        try await RedisServer.with { server in
            try await withClient(server.configuration { $0.commandTimeoutMilliseconds = 300 }) { client in
                _ = await recovery(of: client)
                server.signal(SIGSTOP)
                let start = ContinuousClock.now
                let codes = await withTaskGroup(of: RedisError.Code?.self) { group in
                    for _ in 0..<50 { group.addTask { await code { _ = try await client.send(RedisCommand("PING")) } } }
                    return await group.reduce(into: Set<RedisError.Code?>()) { $0.insert($1) }
                }
                #expect(codes.isSubset(of: [.timeout, .connectionClosed]))
                #expect(codes.contains(.timeout))
                #expect(ContinuousClock.now - start < .seconds(5))
                server.signal(SIGCONT)
                let recovery = await recovery(of: client)
                print("stalled server: back after \(recovery)")
                #expect(recovery < .seconds(8))
            }
        }
    }

    @Test func aLateReplyReachesNobody() async throws {
        try await RedisServer.with { server in
            try await withClient(server.configuration { $0.commandTimeoutMilliseconds = 500 }) { client in
                _ = await recovery(of: client)
                _ = try await client.textAtLast("SET", "alice", "alice's")
                _ = try await client.textAtLast("SET", "bob", "bob's")
                _ = try server.ask("CLIENT PAUSE 4000 ALL")
                #expect(await code { _ = try await client.send(RedisCommand("GET", "alice")) } == .timeout)
                _ = await recovery(of: client)
                let answer = try await client.textAtLast("GET", "bob")
                #expect(answer == "bob's")
            }
        }
    }

    @Test func aKilledServerFailsFastAndComesBack() async throws {
        try await RedisServer.with { server in
            try await withClient(server.configuration()) { client in
                _ = try await client.send(RedisCommand("PING"))
                await server.kill()
                #expect(await code { _ = try await client.send(RedisCommand("PING")) } != nil)
                let start = ContinuousClock.now
                for _ in 0..<20 {
                    #expect(await code { _ = try await client.send(RedisCommand("PING")) } == .unavailable)
                }
                #expect(ContinuousClock.now - start < .seconds(5), "a server known to be down answers at once")
                try await server.start()
                let recovery = await recovery(of: client)
                print("killed server: back after \(recovery)")
                #expect(recovery < .seconds(8))
            }
        }
    }

    @Test func aServerThatAcceptsAndSaysNothingIsGivenUp() async throws {
        try await withFakeServer([]) { port in
            var configuration = try RedisConfiguration(patient: "redis://127.0.0.1:\(port)")
            configuration.connectTimeoutMilliseconds = 300
            try await withClient(configuration) { client in
                let start = ContinuousClock.now
                #expect(await code { _ = try await client.send(RedisCommand("PING")) } == .unavailable)
                #expect(ContinuousClock.now - start < .seconds(5))
            }
        }
    }

    /// What the server answers to the first command, and what becomes of that command.
    @Test(arguments: [
        ("*2147483647\r\n", RedisError.Code.replyTooLarge), ("$1073741824\r\n", .replyTooLarge),
        ("%1\r\n+a\r\n+b\r\n", .protocolViolation), ("HTTP/1.1 400 Bad Request\r\n", .protocolViolation),
        (String(repeating: "*1\r\n", count: 9), .protocolViolation), (":12", .timeout), ("", .timeout),
    ])
    func garbageClosesTheConnection(_ answer: String, _ expected: RedisError.Code) async throws {
        try await withFakeServer(["+OK\r\n+PONG\r\n", answer]) { port in
            var configuration = try RedisConfiguration(patient: "redis://127.0.0.1:\(port)")
            if expected == .timeout { configuration.commandTimeoutMilliseconds = 500 }
            try await withClient(configuration) { client in
                #expect(await code { _ = try await client.send(RedisCommand("PING")) } == expected)
            }
        }
    }

    @Test func aReplyThatNobodyAskedForClosesTheConnection() async throws {
        try await withFakeServer(["+OK\r\n+PONG\r\n", "+first\r\n+foreign\r\n", "+later\r\n"]) { port in
            try await withClient(RedisConfiguration(patient: "redis://127.0.0.1:\(port)")) { client in
                let answer = try await client.text("PING")
                #expect(answer == "first")
                // The second reply of the first answer must never become this command's.
                let second = try? await client.text("PING")
                #expect(second != "foreign")
            }
        }
    }

    @Test func refusesAtItsBounds() async throws {
        try await withFakeServer(["+OK\r\n+PONG\r\n"]) { port in
            var configuration = try RedisConfiguration(patient: "redis://127.0.0.1:\(port)")
            configuration.commandTimeoutMilliseconds = 2500
            configuration.maximumCommands = 10
            try await withClient(configuration) { client in
                let codes = await withTaskGroup(of: RedisError.Code?.self) { group in
                    for _ in 0..<30 { group.addTask { await code { _ = try await client.send(RedisCommand("PING")) } } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(codes.count { $0 == .overloaded } == 20)
                #expect(codes.count { $0 == .overloaded || $0 == .timeout || $0 == .connectionClosed } == 30)
                // Places come free again.
                #expect(await code { _ = try await client.send(RedisCommand("PING")) } != .overloaded)
            }
        }
    }

    @Test func boundsTheBytesUnderWay() async throws {
        try await withFakeServer(["+OK\r\n+PONG\r\n"]) { port in
            var configuration = try RedisConfiguration(patient: "redis://127.0.0.1:\(port)")
            configuration.commandTimeoutMilliseconds = 2500
            configuration.maximumCommandBytes = 10_000
            try await withClient(configuration) { client in
                let large = RedisCommand("SET", "k", [UInt8](repeating: 0, count: 3000))
                let codes = await withTaskGroup(of: RedisError.Code?.self) { group in
                    for _ in 0..<5 { group.addTask { await code { _ = try await client.send(large) } } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(codes.count { $0 == .overloaded } == 2)
                let huge = RedisCommand("SET", "k", [UInt8](repeating: 0, count: 10_000))
                #expect(await code { _ = try await client.send(huge) } == .commandTooLarge)
            }
        }
    }

    @Test func aStoppedClientRefuses() async throws {
        try await RedisServer.with { server in
            let client = try await withClient(server.configuration()) { client in
                _ = try await client.send(RedisCommand("PING"))
                return client
            }
            #expect(await code { _ = try await client.send(RedisCommand("PING")) } == .unavailable)
        }
    }
}

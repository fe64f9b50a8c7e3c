import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Redis

/// The end of a client: what is under way finishes when there is time, and fails when there is none.
@Suite(.timeLimit(.minutes(1))) struct StoppingTests {
    @Test(arguments: [true, false])
    func stops(gracefully: Bool) async throws {
        try await RedisServer.with { server in
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let lane = RedisLane(try server.configuration(), tls: nil, on: loop, logger: Logger(label: "test"))
            lane.start()
            // Holds writes back until told otherwise, so that one is surely under way when the lane stops.
            _ = try await ask(lane, 1, RedisCommand("CLIENT", "PAUSE", 60_000, "WRITE"))
            try await withThrowingTaskGroup(of: RedisError.Code?.self) { group in
                group.addTask { await code { _ = try await ask(lane, 2, RedisCommand("SET", "k", "v")) } }
                while lane.commandsUnderWay == 0, !Task.isCancelled { await Task.yield() }
                if gracefully { _ = try server.ask("CLIENT UNPAUSE") }
                await lane.stop(gracefully: gracefully)
                let result = try await group.next()
                #expect(result == (gracefully ? .some(nil) : .connectionClosed))
            }
            #expect(lane.commandsUnderWay == 0)
            #expect(await code { _ = try await ask(lane, 3, RedisCommand("PING")) } == .unavailable)
        }
    }

    @Test func runsUntilItIsCancelledAndLeavesNoConnectionBehind() async throws {
        try await RedisServer.with { server in
            try await withClient(server.configuration()) { client in _ = try await client.text("PING") }
            // Redis sees the end of the connection a moment after us.
            var clients = 2
            while clients > 1, !Task.isCancelled {
                let answer = try server.ask("INFO clients")
                let line = answer.split(whereSeparator: \.isNewline).first { $0.hasPrefix("connected_clients:") }
                clients = try #require(line.flatMap { Int($0.dropFirst("connected_clients:".count)) })
            }
        }
    }
}

private func ask(_ lane: RedisLane, _ id: RedisCommandID, _ command: RedisCommand) async throws -> RedisReply {
    try await lane.send(command.encoded(limit: 1000), id: id, deadline: .now() + .seconds(20), isCancellable: true)
        .get()
}

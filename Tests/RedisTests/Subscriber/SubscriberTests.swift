import Foundation
import Logging
import TestSupport
import Testing

@testable import Redis

/// A subscriber and servers that end, hang and drop it: messages again, by itself, and the gap is told.
@Suite(.timeLimit(.minutes(1))) struct SubscriberTests {
    @Test(arguments: [false, true])
    func hearsWhatIsPublished(overTLS: Bool) async throws {
        try await RedisServer.with(tls: overTLS) { server in
            var configuration = try server.configuration()
            if let port = server.tlsPort, let certificates = server.certificates {
                configuration.port = port
                configuration.tls = RedisTLS(authorityFile: certificates.authority)
            }
            try await withSubscriber(configuration) { events in
                #expect(await events.next() == .subscribed)
                let receivers = try server.ask("PUBLISH news hello")
                #expect(receivers.hasPrefix(":1"))
                #expect(await events.next() == .message(Array("hello".utf8)))
                let others = try server.ask("PUBLISH other hello")
                #expect(others.hasPrefix(":0"))
            }
        }
    }

    @Test func comesBackWhenItIsDropped() async throws {
        try await RedisServer.with { server in
            try await withSubscriber(server.configuration()) { events in
                for _ in 0..<3 {
                    #expect(await events.next() == .subscribed)
                    let killed = try server.ask("CLIENT KILL TYPE pubsub")
                    #expect(killed.hasPrefix(":1"))
                }
                #expect(await events.next() == .subscribed)
                _ = try server.ask("PUBLISH news hello")
                #expect(await events.next() == .message(Array("hello".utf8)))
            }
        }
    }

    @Test func comesBackWithTheServer() async throws {
        try await RedisServer.with { server in
            try await withSubscriber(server.configuration()) { events in
                #expect(await events.next() == .subscribed)
                await server.kill()
                try await server.start()
                let back = ContinuousClock.now
                #expect(await events.next() == .subscribed)
                print("subscribed again \(ContinuousClock.now - back) after redis-server was back")
                #expect(ContinuousClock.now - back < .seconds(10))
            }
        }
    }

    @Test func noticesAServerThatHangs() async throws {
        try await RedisServer.with { server in
            let configuration = try server.configuration {
                $0.commandTimeoutMilliseconds = 200
                $0.connectTimeoutMilliseconds = 300
            }
            let losses = EventCount()
            try await withSubscriber(configuration, losses: losses) { events in
                #expect(await events.next() == .subscribed)
                let before = losses.count
                server.signal(SIGSTOP)
                // Its connection stays open; only the missing sign of life tells, after at most three time-outs.
                await losses.wait(for: before + 1)
                server.signal(SIGCONT)
                #expect(await events.next() == .subscribed)
            }
        }
    }
}

/// What a subscriber hears, one after the other.
private struct Heard {
    let events: AsyncStream<RedisSubscriber.Event>

    func next() async -> RedisSubscriber.Event? { await events.first { _ in true } }
}

/// Runs a subscriber of `news` while `body` reads what it hears.
private func withSubscriber(
    _ configuration: RedisConfiguration,
    losses: EventCount = EventCount(),
    _ body: (Heard) async throws -> Void
) async throws {
    let (events, heard) = AsyncStream.makeStream(of: RedisSubscriber.Event.self, bufferingPolicy: .bufferingNewest(64))
    let subscriber = try RedisSubscriber(configuration, channel: "news", logger: .counting(losses)) { heard.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await subscriber.run() }
        defer { group.cancelAll() }
        try await body(Heard(events: events))
    }
}

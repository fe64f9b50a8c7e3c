import Foundation
import Logging
import TestSupport
import Testing

@testable import Postgres

/// A subscriber and servers that end, hang and drop it: messages again, by itself, and the gap is told.
@Suite(.timeLimit(.minutes(2))) struct SubscriberTests {
    @Test func hearsWhatIsNotified() async throws {
        try await PostgresServer.with { server in
            try await withSubscriber(server.configuration(), channel: "News \"1\"") { events in
                #expect(await events.next() == .subscribed)
                let long = String(repeating: "é", count: 3999)
                try await server.ask(
                    "SELECT pg_notify('News \"1\"', 'hello'); SELECT pg_notify('News \"1\"', '\(long)')"
                )
                try await server.ask("NOTIFY news, 'not for us'; NOTIFY \"News \"\"1\"\"\"")
                #expect(await events.next() == .message(Array("hello".utf8)))
                #expect(await events.next() == .message(Array(long.utf8)))
                #expect(await events.next() == .message([]))
            }
        }
    }

    @Test func comesBackWhenItIsDroppedAndWithTheServer() async throws {
        try await PostgresServer.with { server in
            try await withSubscriber(server.configuration()) { events in
                for round in 0..<3 {
                    #expect(await events.next() == .subscribed)
                    try await server.ask("NOTIFY news, '\(round)'")
                    #expect(await events.next() == .message(Array("\(round)".utf8)))
                    try await server.ask(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'parley'"
                    )
                }
                #expect(await events.next() == .subscribed)
                await server.kill()
                try await server.start()
                let back = ContinuousClock.now
                #expect(await events.next() == .subscribed)
                print("subscribed again \(ContinuousClock.now - back) after PostgreSQL was back")
                #expect(ContinuousClock.now - back < .seconds(10))
                try await server.ask("NOTIFY news, 'hello'")
                #expect(await events.next() == .message(Array("hello".utf8)))
            }
        }
    }

    @Test func noticesAServerThatHangs() async throws {
        try await PostgresServer.with { server in
            let configuration = try server.configuration {
                $0.statementTimeoutMilliseconds = 200
                $0.connectTimeoutMilliseconds = 300
            }
            let losses = EventCount()
            try await withSubscriber(configuration, losses: losses) { events in
                #expect(await events.next() == .subscribed)
                // It is asked for signs of life, and gives them. Only a machine that stands still costs the connection: that
                // does not happen each time.
                var isKept = false
                for round in 0..<5 where !isKept {
                    try await Task.sleep(for: .milliseconds(700))
                    try await server.ask("NOTIFY news, 'still here \(round)'")
                    let message = PostgresSubscriber.Event.message(Array("still here \(round)".utf8))
                    isKept = await events.next { $0 == .subscribed || $0 == message } == message
                }
                #expect(isKept)
                let before = losses.count
                server.pause()
                // Its connection stays open; only the missing sign of life tells, after at most two time-outs.
                await losses.wait(for: before + 1)
                server.resume()
                #expect(await events.next() == .subscribed)
            }
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 64), "a\u{0}b"])
    func refusesNamesThatAreNone(channel: String) throws {
        let configuration = try PostgresConfiguration(url: "postgresql://h/d")
        let error = #expect(throws: PostgresError.self) {
            try PostgresSubscriber(configuration, channel: channel, logger: .quiet) { _ in }
        }
        #expect(error?.code == .invalidConfiguration)
    }
}

/// What a subscriber hears, one after the other.
private struct Heard {
    let events: AsyncStream<PostgresSubscriber.Event>

    func next() async -> PostgresSubscriber.Event? { await next { _ in true } }

    /// The next one for which that holds; those before it are passed over.
    func next(where isWanted: (PostgresSubscriber.Event) -> Bool) async -> PostgresSubscriber.Event? {
        for await event in events where isWanted(event) { return event }
        return nil
    }
}

/// Runs a subscriber of `channel` while `body` reads what it hears.
private func withSubscriber(
    _ configuration: PostgresConfiguration,
    channel: String = "news",
    losses: EventCount = EventCount(),
    _ body: (Heard) async throws -> Void
) async throws {
    let (events, heard) = AsyncStream.makeStream(
        of: PostgresSubscriber.Event.self,
        bufferingPolicy: .bufferingNewest(64)
    )
    let subscriber = try PostgresSubscriber(configuration, channel: channel, logger: .counting(losses)) {
        heard.yield($0)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await subscriber.run() }
        defer { group.cancelAll() }
        try await body(Heard(events: events))
    }
}

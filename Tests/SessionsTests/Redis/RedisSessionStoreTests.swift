import Agent
import Foundation
import Redis
import TestSupport
import Testing

@testable import Sessions

@Suite(.timeLimit(.minutes(3))) struct RedisSessionStoreTests {
    @Test(arguments: SessionStoreContract.all)
    func keeps(_ promise: SessionStoreContract) async throws {
        try await Turnstile.servers.pass { try await check(promise) }
    }

    private func check(_ promise: SessionStoreContract) async throws {
        let leaseLength = promise.lease.length(short: .milliseconds(600))
        try await withRedisStage(leaseLength: leaseLength) { stage in
            let client = stage.store.client
            try await promise.check(
                StoreUnderTest(
                    store: stage.store,
                    another: stage.another,
                    leaseLength: leaseLength,
                    waiting: { session in
                        try await client.send(RedisCommand("LLEN", SessionKeys(session).waiting)).integer()
                    },
                    // The server has a clock of its own, and it cannot be set: this waits for it.
                    letPass: { try await Task.sleep(for: .milliseconds($0 * 1000 + 100)) },
                    writeAsAnotherProgram: { session, history, timeToLive in
                        let key = "session:\(session.text)"
                        let set = timeToLive.map { RedisCommand("SETEX", key, $0, history) }
                        _ = try await client.send(set ?? RedisCommand("SET", key, history))
                    },
                    refusedSize: 16 * 1024 * 1024 + 1,
                    tellsUnchanged: true
                )
            )
        }
    }

    @Test func laysKeysOutAsPromised() async throws {
        try await withRedisStore { store, _ in
            let session = try #require(SessionID("a:b.c-d"))
            try await store.take("[1]", in: session)
            let history = try await store.client.send(RedisCommand("GET", "session:a:b.c-d"))
            #expect(history == .bulk(Array("[1]".utf8)))
            let meta = RedisCommand("HMGET", "{session:a:b.c-d}:meta", "schema", "turns", "ttl")
            #expect(try await store.client.send(meta).array().map { try $0.text() } == ["1", "1", "300"])
            let ends = try await [
                store.client.send(RedisCommand("PEXPIRETIME", "session:a:b.c-d")),
                store.client.send(RedisCommand("PEXPIRETIME", "{session:a:b.c-d}:meta")),
            ]
            let longer = try ends[1].integer() - ends[0].integer()
            #expect(longer == 3_600_000, "another program may prolong the history by as much")
        }
    }

    @Test func leavesARecordOfAnotherTypeAsItIs() async throws {
        try await withRedisStore { store, _ in
            let session = try #require(SessionID("list"))
            _ = try await store.client.send(RedisCommand("RPUSH", "session:list", "x"))
            #expect(await code { _ = try await store.load(session, for: .anyone) } == .unreadable)
            #expect(await code { try await store.take("[1]", in: session) } == .unreadable)
            #expect(try await store.client.send(RedisCommand("LLEN", "session:list")) == .integer(1))
            #expect(try await store.client.send(RedisCommand("EXISTS", "{session:list}:meta")) == .integer(0))
        }
    }

    @Test func refusesToLoadWhatWouldCostTheConnection() async throws {
        try await withRedisStore(configure: { $0.maximumReplyBytes = 100_000 }) { store, _ in
            let session = try #require(SessionID("large"))
            _ = try await store.client.send(
                RedisCommand("SET", "session:large", [UInt8](repeating: 0x20, count: 90_000))
            )
            #expect(await code { _ = try await store.load(session, for: .anyone) } == .tooLarge)
            _ = try await store.client.send(RedisCommand("SETRANGE", "session:large", 5_000_000, "x"))
            #expect(await code { _ = try await store.load(session, for: .anyone) } == .tooLarge)
        }
    }

    @Test func sweepsWhatAnotherProgramLeftOver() async throws {
        try await withRedisStore { store, _ in
            for number in 0..<20 {
                let session = try #require(SessionID("s\(number)"))
                try await store.take("[]", in: session)
            }
            for number in 0..<7 { _ = try await store.client.send(RedisCommand("DEL", "session:s\(number)")) }
            #expect(try await store.cleanup(dryRun: true) == 7)
            // Thirteen histories, twenty metas, twenty indexes of runs, which end by themselves.
            #expect(try await store.client.send(RedisCommand("DBSIZE")) == .integer(53))
            #expect(try await store.cleanup(dryRun: false) == 7)
            #expect(try await store.cleanup(dryRun: false) == 0)
            #expect(try await store.client.send(RedisCommand("DBSIZE")) == .integer(46))
        }
    }

    @Test func aListAsksForAFewKeysAtATime() async throws {
        try await withRedisStore { store, _ in
            for number in 0..<300 { _ = try await store.client.send(RedisCommand("SET", "noise:\(number)", "")) }
            for name in ["session:a", "session:no id", "session:", "session"] {
                _ = try await store.client.send(RedisCommand("SET", name, "[]"))
            }
            _ = try await store.client.send(RedisCommand("RPUSH", "session:list", "x"))
            _ = try await store.client.send(RedisCommand("CONFIG", "RESETSTAT"))
            let page = try await store.list(SessionQuery(limit: 10))
            #expect(page.sessions.map(\.session.text) == ["a"])
            #expect(page.cursor == nil)
            let statistics = try await store.client.send(RedisCommand("INFO", "commandstats")).text()
            #expect(statistics.contains("cmdstat_scan:calls="))
            #expect(!statistics.contains("cmdstat_keys:"))
            // Keys of others can be so many that a page ends before it has anything.
            for number in 0..<5000 { _ = try await store.client.send(RedisCommand("SET", "noise:\(number)", "")) }
            #expect(try await store.list(SessionQuery(limit: 1)).cursor != nil)
        }
    }

    @Test func aFullServerStillReadsAndForgets() async throws {
        try await withRedisStore { store, _ in
            let session = try #require(SessionID("s"))
            try await store.take("[1]", in: session)
            try await store.check()
            let basis = try await store.begin(.of(session)).basis()
            _ = try await store.client.send(RedisCommand("CONFIG", "SET", "maxmemory", 1))
            #expect(await code { try await store.check() } == .full)
            #expect(await code { _ = try await store.begin(.of(session)) } == .full)
            #expect(await code { _ = try await store.commit(.of(basis, "[1,2]")) } == .full)
            #expect(try await store.load(session, for: .anyone)?.history == Array("[1]".utf8))
            #expect(try await store.list(SessionQuery()).sessions.map(\.session) == [session])
            #expect(try await store.cleanup(dryRun: true) == 0)
            #expect(try await store.clear(session, for: .anyone))
            #expect(try await store.load(session, for: .anyone) == nil)
            _ = try await store.client.send(RedisCommand("CONFIG", "SET", "maxmemory", 0))
            #expect(try await store.commit(.of(basis, "[1,2]")) == .cleared)
        }
    }

    @Test func aReplicaIsNotReady() async throws {
        try await withRedisStore(["replicaof 127.0.0.1 1", "replica-serve-stale-data yes"]) { store, _ in
            let session = try #require(SessionID("s"))
            #expect(await code { try await store.check() } == .unavailable)
            #expect(await code { try await store.take("[1]", in: session) } == .unavailable)
            #expect(try await store.load(session, for: .anyone) == nil)
        }
    }

    @Test func aServerThatDiesIsUnavailableAtOnceAndComesBackByItself() async throws {
        try await withRedisStore(["appendonly yes", "appendfsync always"]) { store, server in
            let session = try #require(SessionID("s"))
            try await store.take("[1]", in: session)
            await server.kill()
            #expect(await code { try await store.check() } == .unavailable)
            try await server.start()
            let back = ContinuousClock.now
            while await code({ try await store.check() }) != nil, !Task.isCancelled { await Task.yield() }
            print("ready \(ContinuousClock.now - back) after redis-server was")
            #expect(ContinuousClock.now - back < .seconds(10))
            #expect(try await store.load(session, for: .anyone)?.meta?.turns == 1)
        }
    }

    @Test func findsWhatEndangersSessions() async throws {
        try await withRedisStore(["maxmemory-policy allkeys-lru"]) { store, _ in
            #expect(await store.diagnose().map(\.severity) == [.warning])
        }
        try await withRedisStore { store, _ in #expect(await store.diagnose().isEmpty) }
        try await withRedisStore(
            ["user default on nopass ~* &* +@all -config -info"]
        ) { store, _ in
            #expect(await store.diagnose().map(\.severity) == [.notice, .notice])
        }
        #expect(RedisSessionStore.version(in: "# Server\r\nredis_version:6.2.14\r\nos:x") == "6.2.14")
    }

    /// The code of the `StoreError` that `body` throws.
    private func code(_ body: () async throws -> Void) async -> StoreError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? StoreError)?.code
        }
    }
}

import Agent
import Redis
import TestSupport
import Testing

@testable import Sessions

@Suite(.timeLimit(.minutes(3))) struct RedisRunStoreTests {
    @Test(arguments: RunStoreContract.all)
    func keeps(_ promise: RunStoreContract) async throws {
        try await Turnstile.servers.pass { try await check(promise, life: RunLife()) }
    }

    @Test(arguments: RunStoreContract.expiry)
    func lets(_ promise: RunStoreContract) async throws {
        try await Turnstile.servers.pass { try await check(promise, life: RunStoreContract.shortLife) }
    }

    private func check(_ promise: RunStoreContract, life: RunLife) async throws {
        try await withRedisStage(runLife: life) { stage in try await promise.check(.of(stage, life: life)) }
    }

    @Test func laysKeysOutAsPromised() async throws {
        try await withRedisStage { stage in
            let runs = RunStoreUnderTest.of(stage)
            let session = try freshSession("layout")
            let turn = try await runs.startTurn(in: session)
            let key = "{run:\(turn.run.id.text)}"
            let fields = RedisCommand("HMGET", "\(key):state", "owner", "session", "state", "last")
            let values = try await stage.store.client.send(fields).array().map { try $0.text() }
            #expect(values == ["user:1", session.text, "running", "2"])
            let entries = try await stage.store.client.send(RedisCommand("XRANGE", "\(key):events", "-", "+")).array()
            #expect(try entries.map { try $0.array()[0].text() } == ["1-0", "2-0"])
            for name in ["state", "events"] {
                let left = try await stage.secondsLeft("\(key):\(name)")
                #expect((127...132).contains(left))
            }
            try await runs.record(turn.run.ended(), 3...3)
            for name in ["state", "events"] {
                let left = try await stage.secondsLeft("\(key):\(name)")
                #expect((295...300).contains(left))
            }
            let index = RedisCommand("ZRANGE", "{session:\(session.text)}:runs", 0, -1)
            #expect(try await stage.store.client.send(index).array().map { try $0.text() } == [turn.run.id.text])
            try await runs.commit(turn)
            _ = try await stage.store.clear(session, for: .anyone)
            #expect(try await stage.store.client.send(index) == .array([]), "what was dropped need not be found again")
            let left = try await stage.secondsLeft("\(key):state")
            #expect((115...120).contains(left))
            #expect(try await stage.secondsLeft("\(key):events") == -2)
        }
    }

    @Test func aHotRunCostsFewCommands() async throws {
        try await withRedisStage { stage in
            let runs = RunStoreUnderTest.of(stage)
            let run = try await runs.start(1...1)
            let followed = try await runs.start(1...1)
            _ = try await runs.numbers(of: followed, after: 1)
            let before = try await stage.calls()
            for number in 2...101 { try await runs.record(run, number...number) }
            let after = try await stage.calls()
            let calls = after.minus(before)
            print("100 records of one event each: \(calls)")
            #expect(calls["evalsha"] == 100)
            #expect(calls["publish"] == nil)
            let inside = ["hmget", "xadd", "hset", "pexpire"].reduce(0) { $0 + (calls[$1] ?? 0) }
            #expect(inside <= 500)
            for number in 2...11 { try await runs.record(followed, number...number) }
            #expect(try await stage.calls().minus(after)["publish"] == 10)
        }
    }

    @Test func onlyAReaderThatHasReadAllIsNotedAndNotAtEachRead() async throws {
        try await withRedisStage { stage in
            let runs = RunStoreUnderTest.of(stage)
            let run = try await runs.start(1...1)
            for first in [2, 102] { try await runs.record(run, first...(first + 99), size: 1000) }
            let before = try await stage.calls()
            #expect(try await runs.numbers(of: run)?.end == .open)
            let early = try await stage.calls().minus(before)
            #expect(early["hset"] == nil)
            for _ in 0..<10 { _ = try await runs.numbers(of: run, after: 201) }
            let after = try await stage.calls().minus(before)
            #expect(after["hset"] == 1)
        }
    }

    @Test func aFullServerStillReadsCancelsAndForgets() async throws {
        try await withRedisStage { stage in
            let runs = RunStoreUnderTest.of(stage)
            let run = try await runs.start(1...2)
            _ = try stage.server.ask("CONFIG SET maxmemory 1")
            #expect(await SessionStoreContract.code { try await runs.record(run, 3...3) } == .full)
            #expect(try await stage.another.run(run.id, for: .anyone)?.record == run)
            #expect(try await runs.numbers(of: run) == Numbers(1...2, .open))
            #expect(try await stage.another.cancel(run.id, for: .anyone) == .running)
            try await stage.another.forget(run.id)
            _ = try stage.server.ask("CONFIG SET maxmemory 0")
            #expect(try await runs.record(run, 3...3) == .forgotten)
        }
    }

    @Test func keysOfAnotherTypeAreLeftAsTheyAre() async throws {
        try await withRedisStage { stage in
            let runs = RunStoreUnderTest.of(stage)
            let run = try await runs.start(1...2)
            let keys = RunKeys(run.id)
            let client = stage.store.client
            _ = try await client.send(RedisCommand("SET", keys.events, "x"))
            #expect(await SessionStoreContract.code { try await runs.record(run, 3...3) } == .unreadable)
            #expect(await SessionStoreContract.code { _ = try await runs.numbers(of: run) } == .unreadable)
            #expect(try await client.send(RedisCommand("HGET", keys.state, "last")) == .bulk([UInt8(ascii: "2")]))
            _ = try await client.send(RedisCommand("SET", keys.state, "x"))
            #expect(await SessionStoreContract.code { try await runs.record(run, 3...3) } == .unreadable)
            #expect(await SessionStoreContract.code { _ = try await runs.numbers(of: run) } == .unreadable)
            #expect(try await client.send(RedisCommand("GET", keys.state)) == .bulk([UInt8(ascii: "x")]))
        }
    }

    @Test func aRunThatAServerLostIsKnownAgain() async throws {
        try await withRedisStage { stage in
            let runs = RunStoreUnderTest.of(stage)
            let run = try await runs.start(1...2)
            await stage.server.kill()
            #expect(await SessionStoreContract.code { try await runs.record(run, 3...3) } == .unavailable)
            try await stage.server.start()
            while (try? await stage.store.check()) == nil { try Task.checkCancellation() }
            #expect(try await runs.record(run, 3...3) == .nothing)
            while (try? await stage.another.check()) == nil { try Task.checkCancellation() }
            #expect(try await runs.numbers(of: run) == Numbers([3], .open), "with what is recorded from now on")
            let next = try await runs.start(1...2)
            #expect(try await runs.numbers(of: next) == Numbers(1...2, .open))
        }
    }

    @Test func aReaderIsToldAfterItsSubscriptionWasLost() async throws {
        try await withRedisStage { stage in
            let runs = RunStoreUnderTest.of(stage)
            let run = try await runs.start(1...2)
            try await runs.watching(run, for: .events, on: stage.another) { signal in
                _ = try await runs.numbers(of: run, after: 2)
                _ = try stage.server.ask("CLIENT KILL TYPE pubsub")
                #expect(await signal.comes(), "the new subscription makes everybody look")
            }
        }
    }

    @Test func aClearThatDidNotReachItsRunsFindsThemAgain() async throws {
        try await withRedisStage { stage in
            let runs = RunStoreUnderTest.of(stage)
            let session = try freshSession("cleared-twice")
            let turn = try await runs.startTurn(in: session)
            let end = turn.run.ended()
            try await runs.record(end, 3...3)
            try await runs.commit(turn)
            // The sessions' keys may be touched, the runs' may not.
            _ = try stage.server.ask("ACL SETUSER default resetkeys ~*session:*")
            #expect(await SessionStoreContract.code { _ = try await stage.store.clear(session, for: .anyone) } != nil)
            _ = try stage.server.ask("ACL SETUSER default allkeys")
            #expect(try await stage.store.load(session, for: .anyone) == nil)
            #expect(try await runs.numbers(of: turn.run) != nil)
            #expect(try await !stage.store.clear(session, for: .anyone))
            #expect(try await runs.numbers(of: turn.run) == nil)
        }
    }

    @Test func theIndexOfRunsIsBounded() async throws {
        try await withRedisStage { stage in
            let session = try freshSession("busy")
            for _ in 0..<1100 { try await stage.store.take("[]", in: session) }
            let count = RedisCommand("ZCARD", SessionKeys(session).runs)
            #expect(try await stage.store.client.send(count) == .integer(1024))
            #expect(try await stage.store.clear(session, for: .anyone))
            #expect(try await stage.store.client.send(count) == .integer(0))
        }
    }
}

extension RunStoreUnderTest {
    fileprivate static func of(_ stage: RedisStage, life: RunLife = RunLife()) -> Self {
        Self(
            store: stage.store,
            another: stage.another,
            sessions: stage.store,
            life: life,
            // The server has a clock of its own, and it cannot be set: this waits for it.
            letPass: { try await Task.sleep(for: $0 + .milliseconds(100)) }
        )
    }
}

extension RedisStage {
    /// Rounded up; -2 when there is no such key.
    fileprivate func secondsLeft(_ key: String) async throws -> Int {
        let left = try await store.client.send(RedisCommand("PTTL", key)).integer()
        return left < 0 ? left : (left + 999) / 1000
    }
}

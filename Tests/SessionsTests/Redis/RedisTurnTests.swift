import Agent
import Foundation
import Redis
import TestSupport
import Testing

@testable import Sessions

/// What turns cost in Redis, and what they survive there.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RedisTurnTests {
    @Test func anUncontendedTurnCostsTwoScriptCalls() async throws {
        try await withRedisStage { stage in
            let session = try freshSession("cheap")
            // The first call of each script brings its source.
            try await stage.store.take("[1]", in: session)
            let before = try await stage.calls()
            for turn in 0..<50 { try await stage.stores[turn % 2].take("[\(turn)]", in: session) }
            let after = try await stage.calls()
            let calls = after.minus(before)
            print("50 uncontended turns: \(calls)")
            #expect(calls["evalsha"] == 100)
            #expect(calls["eval"] == nil)
            #expect(calls["publish"] == nil)
        }
    }

    @Test func eightClientsOnThreeWorkersKeepAllTurnsInOrder() async throws {
        try await withRedisStage(workers: 3) { stage in
            let session = try freshSession("contended")
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<8 {
                    group.addTask {
                        let store = stage.stores[client % 3]
                        for turn in 0..<50 {
                            let basis = try await store.begin(.of(session)).basis()
                            let verdict = try await store.commit(.of(basis, (basis.text ?? "") + "\(client):\(turn) "))
                            #expect(verdict == .stored)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let stored = try #require(try await stage.store.load(session, for: .anyone))
            let turns = String(decoding: stored.history, as: UTF8.self).split(separator: " ")
            for client in 0..<8 {
                let own = turns.filter { $0.hasPrefix("\(client):") }
                #expect(own == (0..<50).map { "\(client):\($0)" })
            }
            let calls = try await stage.calls()
            print("8 clients x 50 turns, 3 workers: \(turns.count) of 400 in order, \(ContinuousClock.now - start)")
            print("  scripts \(calls["evalsha"] ?? 0), signals \(calls["publish"] ?? 0)")
            #expect(turns.count == 400)
            #expect(stored.meta?.turns == 400)
        }
    }

    @Test func twoHundredClearsResurrectNothing() async throws {
        try await withRedisStage { stage in
            var resurrected = 0
            for _ in 0..<200 {
                let session = try freshSession("deleted")
                try await stage.store.take("[1]", in: session)
                let basis = try await stage.store.begin(.of(session)).basis()
                #expect(try await stage.another.clear(session, for: .principal(.alice)))
                #expect(try await stage.store.commit(.of(basis, "[1,2]")) == .cleared)
                if try await stage.store.load(session, for: .anyone) != nil { resurrected += 1 }
            }
            print("200 clears in the middle of turns: \(resurrected) resurrected")
            #expect(resurrected == 0)
        }
    }

    @Test func aWorkerThatStallsBeyondItsLeaseIsSuperseded() async throws {
        try await withRedisStage(leaseLength: .milliseconds(500)) { stage in
            let session = try freshSession("stalled")
            // Never held, as by a worker that is stopped.
            let stalled = try await stage.store.begin(.of(session)).basis()
            let start = ContinuousClock.now
            let next = try await stage.another.begin(.of(session)).basis()
            print("stalled worker: taken over after \(ContinuousClock.now - start) at a lease of 500 ms")
            #expect(try await stage.store.commit(.of(stalled, "[1]")) == .superseded)
            #expect(try await stage.another.commit(.of(next, "[2]")) == .stored)
            #expect(try await stage.store.load(session, for: .anyone)?.history == Array("[2]".utf8))
        }
    }

    @Test func aWaiterWhoseWorkerDiedIsPassedOver() async throws {
        try await withRedisStage(leaseLength: .milliseconds(500)) { stage in
            let session = try freshSession("dead-waiter")
            let holder = try await stage.store.begin(.of(session)).basis()
            let end = Int(Date().timeIntervalSince1970 * 1000) + 1000
            let entry = "run_dead worker - \(end)"
            _ = try await stage.store.client.send(RedisCommand("RPUSH", SessionKeys(session).waiting, entry))
            #expect(try await stage.store.commit(.of(holder, "[1]")) == .stored)
            let start = ContinuousClock.now
            let next = try await stage.another.begin(.of(session)).basis()
            print("dead waiter: passed over after \(ContinuousClock.now - start) at a lease of 500 ms")
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(next.text == "[1]")
        }
    }

    @Test func aTurnGrantedAfterItsCallerLeftIsGivenBack() async throws {
        try await withRedisStage { stage in
            let session = try freshSession("granted-late")
            let key = Idempotency.fresh()
            // The begin is on its way, and held back there, when its caller leaves.
            _ = try stage.server.ask("CLIENT PAUSE 60000 WRITE")
            await withTaskGroup(of: Result<TurnAdmission, StoreError>.self) { group in
                group.addTask {
                    await Result { () async throws(StoreError) in try await stage.store.begin(.of(session, key: key)) }
                }
                while stage.store.client.commandsUnderWay == 0 { await Task.yield() }
                group.cancelAll()
                do { _ = try stage.server.ask("CLIENT UNPAUSE") } catch { Issue.record(error) }
                guard case .failure(let error)? = await group.next() else {
                    Issue.record("kept the turn")
                    return
                }
                #expect(error.code == .cancelled)
            }
            _ = try await stage.another.begin(.of(session, key: key.reused, ifBusy: .reject)).basis()
        }
    }

    @Test func signalsThatMayNotBePublishedOnlyDelay() async throws {
        // Where nobody may publish, a waiter learns of the commit at the end of the lease, and loses nothing.
        try await withRedisStage(workers: 1, leaseLength: .seconds(3)) { stage in
            let session = try freshSession("unheard")
            let holder = try await stage.store.begin(.of(session)).basis()
            _ = try stage.server.ask("ACL SETUSER default resetchannels")
            try await withThrowingTaskGroup(of: TurnBasis.self) { group in
                group.addTask { try await stage.store.begin(.of(session)).basis() }
                while try await stage.waiting(session) < 1 { await Task.yield() }
                #expect(try await stage.store.commit(.of(holder, "[1]")) == .stored)
                #expect(try await group.next()?.text == "[1]")
            }
        }
    }

    @Test func aWaiterIsToldWithoutASubscriptionAsWell() async throws {
        try await withRedisStage(leaseLength: .seconds(20)) { stage in
            let session = try freshSession("deaf")
            let holder = try await stage.store.begin(.of(session)).basis()
            try await withThrowingTaskGroup(of: TurnBasis.self) { group in
                group.addTask { try await stage.another.begin(.of(session)).basis() }
                while try await stage.waiting(session) < 1 { await Task.yield() }
                // The signal of the commit finds nobody; the new subscription makes the waiter ask.
                let start = ContinuousClock.now
                _ = try stage.server.ask("CLIENT KILL TYPE pubsub")
                #expect(try await stage.store.commit(.of(holder, "[1]")) == .stored)
                #expect(try await group.next()?.text == "[1]")
                #expect(ContinuousClock.now - start < .seconds(10), "the lease takes twenty")
            }
        }
    }

    @Test func aLeaseOutlivesAServerThatHangsForAMoment() async throws {
        try await withRedisStage(
            leaseLength: .milliseconds(1500),
            configure: { $0.commandTimeoutMilliseconds = 2000 }
        ) { stage in
            let session = try freshSession("paused")
            let basis = try await insisting { try await stage.store.begin(.of(session)).basis() }
            try await withThrowingTaskGroup(of: LeaseEnd?.self) { group in
                group.addTask { await stage.store.hold(basis.lease) }
                // Longer than the lease, and than a renewal waits for its answer.
                _ = try stage.server.ask("CLIENT PAUSE 3000 WRITE")
                try await Task.sleep(for: .milliseconds(4200))
                group.cancelAll()
                #expect(try await group.next() == .some(nil))
            }
            let verdict = try await insisting { try await stage.store.commit(.of(basis, "[1]")) }
            #expect(verdict == .stored)
        }
    }

    @Test func aServerThatDiesEndsAWaitInBoundedTime() async throws {
        // The waiter asks again at the end of the lease; until then the server must be gone.
        try await withRedisStage(leaseLength: .seconds(5), ["appendonly yes", "appendfsync always"]) { stage in
            let session = try freshSession("killed")
            let holder = try await stage.store.begin(.of(session)).basis()
            await withTaskGroup(of: Result<TurnAdmission, StoreError>.self) { group in
                group.addTask {
                    await Result { () async throws(StoreError) in try await stage.another.begin(.of(session)) }
                }
                while (try? await stage.waiting(session)) != 1, !Task.isCancelled { await Task.yield() }
                let start = ContinuousClock.now
                await stage.server.kill()
                guard case .failure(let error)? = await group.next() else {
                    Issue.record("began without Redis")
                    return
                }
                #expect(error.code == .unavailable)
                #expect(ContinuousClock.now - start < .seconds(15))
            }
            try await stage.server.start()
            // What was acknowledged is there: the lease's fence is still the newest.
            var verdict: CommitVerdict?
            while verdict == nil, !Task.isCancelled { verdict = try? await stage.store.commit(.of(holder, "[1]")) }
            #expect(verdict == .stored)
        }
    }
}

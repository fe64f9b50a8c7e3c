import Agent
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Sessions

/// PostgreSQL that dies, hangs and comes back, each time one of the test's own.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PostgresTroubleTests {
    @Test func aServerThatIsKilledAgainAndAgainLosesNoTurn() async throws {
        try await PostgresServer.with { server in
            try await withPostgresStage(
                workers: 3,
                leaseLength: .seconds(1),
                on: server,
                configure: { configuration in
                    configuration.statementTimeoutMilliseconds = 2000
                    configuration.connectTimeoutMilliseconds = 2000
                    configuration.waitTimeoutMilliseconds = 2000
                }
            ) { stage in
                let session = try freshSession("killed")
                let crowd = Crowd()
                await withTaskGroup(of: Void.self) { group in
                    for client in 0..<6 {
                        group.addTask {
                            await crowd.take(20, of: "\(client)", in: session, on: stage.stores[client % 3])
                        }
                    }
                    for kill in 1...3 {
                        while crowd.told.count < kill * 20, !Task.isCancelled { await Task.yield() }
                        await server.kill()
                        do { try await server.start() } catch { Issue.record(error) }
                    }
                }
                let stored = try #require(try await stage.store.load(session, for: .anyone))
                let turns = String(decoding: stored.history, as: UTF8.self).split(separator: " ").map(String.init)
                print("3 kills: \(crowd.told.count) turns told, \(turns.count) stored, slowest error \(crowd.slowest)")
                // What one client stored comes in that order; whose repeated commit was told first is chance.
                for client in 0..<6 {
                    let own = turns.filter { $0.hasPrefix("\(client):") }
                    let inOrder = (0..<20).map { "\(client):\($0)" }.filter { own.contains($0) }
                    #expect(own == inOrder, "each once, in order")
                }
                #expect(Set(crowd.told).isSubset(of: turns), "what was told is stored")
                // A kill may take the answer of the one commit under way. When its client asks again, eight turns of others
                // may have come, and no more are known: it is told that it was superseded.
                #expect(turns.count - crowd.told.count <= 3)
                #expect(stored.meta?.turns == turns.count)
                #expect(crowd.told.count > 100)
                #expect(crowd.slowest < .seconds(12))
            }
        }
    }

    @Test func aServerThatDiesEndsAWaitInBoundedTimeAndComesBackByItself() async throws {
        try await PostgresServer.with { server in
            // The waiter asks again at the end of the lease; until then the server must be gone.
            try await withPostgresStage(leaseLength: .seconds(5), on: server) { stage in
                let session = try freshSession("killed")
                let holder = try await stage.store.begin(.of(session)).basis()
                await withTaskGroup(of: Result<TurnAdmission, StoreError>.self) { group in
                    group.addTask {
                        await Result { () async throws(StoreError) in try await stage.another.begin(.of(session)) }
                    }
                    while (try? await stage.waiting(session)) != 1, !Task.isCancelled { await Task.yield() }
                    let start = ContinuousClock.now
                    await server.kill()
                    guard case .failure(let error)? = await group.next() else {
                        Issue.record("began without PostgreSQL")
                        return
                    }
                    #expect(error.code == .unavailable)
                    #expect(ContinuousClock.now - start < .seconds(15))
                }
                try await server.start()
                // What was acknowledged is there: the lease's fence is still the newest.
                var verdict: CommitVerdict?
                while verdict == nil, !Task.isCancelled { verdict = try? await stage.store.commit(.of(holder, "[1]")) }
                #expect(verdict == .stored)
            }
        }
    }

    @Test func aClaimThatIsGrantedTooLateHoldsNoSession() async throws {
        try await PostgresServer.with { server in
            try await withPostgresStage(
                leaseLength: .seconds(20),
                on: server,
                configure: { configuration in
                    configuration.statementTimeoutMilliseconds = 3000
                    configuration.connectTimeoutMilliseconds = 3000
                    configuration.waitTimeoutMilliseconds = 3000
                }
            ) { stage in
                let sessions = try (0..<10).map { try freshSession("late-\($0)") }
                for session in sessions { try await stage.store.take("[1]", in: session) }
                server.pause()
                let start = ContinuousClock.now
                let crowd = Array(repeating: sessions[0], count: 20)
                let failed = await outcomes(sessions + crowd, on: stage.store)
                let refused = ContinuousClock.now - start
                #expect(failed.allSatisfy { $0 == nil })
                #expect(refused < .seconds(12), "however many wait for one session")
                server.resume()
                let back = ContinuousClock.now
                while (try? await stage.another.check()) == nil, !Task.isCancelled { await Task.yield() }
                let admitted = await outcomes(sessions, on: stage.another)
                print("30 claims that hung: refused after \(refused), all free \(ContinuousClock.now - back) after")
                #expect(admitted.allSatisfy { if case .begun = $0 { true } else { false } })
                #expect(ContinuousClock.now - back < .seconds(10), "the lease takes twenty")
            }
        }
    }

    @Test func aLeaseOutlivesAServerThatHangsForAMoment() async throws {
        try await PostgresServer.with { server in
            try await withPostgresStage(
                leaseLength: .milliseconds(1500),
                on: server,
                configure: { configuration in
                    configuration.statementTimeoutMilliseconds = 2000
                }
            ) { stage in
                let session = try freshSession("paused")
                let basis = try await insisting { try await stage.store.begin(.of(session)).basis() }
                try await withThrowingTaskGroup(of: LeaseEnd?.self) { group in
                    group.addTask { await stage.store.hold(basis.lease) }
                    // Longer than the lease, and than a renewal waits for its answer.
                    server.pause()
                    try await Task.sleep(for: .milliseconds(3000))
                    server.resume()
                    try await Task.sleep(for: .milliseconds(1000))
                    group.cancelAll()
                    #expect(try await group.next() == .some(nil))
                }
                let verdict = try await insisting { try await stage.store.commit(.of(basis, "[1]")) }
                #expect(verdict == .stored)
            }
        }
    }

    /// What becomes of claims of all sessions; `nil` for an error.
    private func outcomes(_ sessions: [SessionID], on store: PostgresSessionStore) async -> [TurnAdmission?] {
        await withTaskGroup(of: TurnAdmission?.self) { group in
            for session in sessions { group.addTask { try? await store.begin(.of(session)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }
}

/// Clients that do not give up, and what they were told.
private final class Crowd: Sendable {
    private let state = Mutex((told: [String](), slowest: Duration.zero))

    var told: [String] { state.withLock { $0.told } }
    /// How long the slowest error took.
    var slowest: Duration { state.withLock { $0.slowest } }

    /// Takes turns; one whose lease another run has taken over is given up.
    func take(_ count: Int, of client: String, in session: SessionID, on store: PostgresSessionStore) async {
        for number in 0..<count {
            let name = "\(client):\(number)"
            guard case .begun(let basis)? = await insist({ try await store.begin(.of(session)) }) else { continue }
            let record = TurnRecord.of(basis, (basis.text ?? "") + name + " ")
            if await insist({ try await store.commit(record) }) == .stored { state.withLock { $0.told.append(name) } }
        }
    }

    /// What `operation` gives in the end.
    private func insist<Value: Sendable>(_ operation: () async throws -> Value) async -> Value? {
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do { return try await operation() } catch {
                #expect((error as? StoreError)?.code == .unavailable, "\(error)")
                let took = ContinuousClock.now - start
                state.withLock { $0.slowest = max($0.slowest, took) }
            }
        }
        return nil
    }
}

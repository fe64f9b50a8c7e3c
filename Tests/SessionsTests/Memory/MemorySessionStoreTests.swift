import Agent
import Synchronization
import Testing

@testable import Sessions

@Suite struct MemorySessionStoreTests {
    private let clock = ManualClock()

    private func store(ceiling: Int = 1 << 20, shards: Int = 4) throws -> MemorySessionStore {
        try MemorySessionStore(ceiling: ceiling, shards: shards) { [clock] in clock.milliseconds }
    }

    /// One after another, and so out of the way of the tests that have servers.
    @Test(.serialized, arguments: SessionStoreContract.all)
    func keeps(_ promise: SessionStoreContract) async throws {
        // Goes by itself, since leases end in real time, and can be moved forward.
        let clock = clock
        let moved = clock.milliseconds
        let leaseLength = promise.lease.length(short: .milliseconds(300))
        let store = try MemorySessionStore(ceiling: 64 << 20, leaseLength: leaseLength) {
            systemMilliseconds() + clock.milliseconds - moved
        }
        let stage = StoreUnderTest(
            store: store,
            another: store,
            leaseLength: leaseLength,
            waiting: { store.waiting(for: $0) },
            letPass: { clock.advance(seconds: $0) },
            refusedSize: 8 << 20,
            tellsUnchanged: true,
            holdsExpiredSessions: true
        )
        try await promise.check(stage)
    }

    @Test func neverHoldsMoreThanItsCeiling() async throws {
        let store = try store()
        let sessions = try (0..<200).map { try #require(SessionID("s\($0)")) }
        for turn in 1...10 {
            for session in sessions {
                let history = [UInt8](repeating: UInt8(turn), count: turn * 1500)
                try await store.take(session, history, timeToLive: 60)
                #expect(store.bytes <= 1 << 20)
            }
        }
        #expect(store.count < sessions.count)
        #expect(store.bytes > 800_000, "the ceiling is used")
        let last = try #require(sessions.last)
        #expect(try await store.load(last, for: .anyone)?.history.count == 15_000)
    }

    @Test func aCeilingTooLowForAnythingIsRefused() {
        for ceiling in [-1, 0, 4095] {
            #expect { try MemorySessionStore(ceiling: ceiling) } throws: { ($0 as? StoreError)?.code == .full }
        }
    }

    @Test func longHistoriesFitInSmallStores() async throws {
        let session = try #require(SessionID("long"))
        let store = try MemorySessionStore(ceiling: 1 << 20) { 0 }
        try await store.take(session, [UInt8](repeating: 1, count: 500_000), timeToLive: 1)
        #expect(try await store.load(session, for: .anyone)?.history.count == 500_000)
    }

    @Test func aTimeToLiveWithoutEndDoesNotOverflow() async throws {
        let session = try #require(SessionID("long"))
        let store = try store()
        try await store.take(session, [1], timeToLive: .max)
        #expect(try await store.load(session, for: .anyone)?.expiresIn ?? 0 > 1_000_000_000)
        try await store.take(session, [1], timeToLive: .min)
        #expect(try await store.load(session, for: .anyone) == nil)
    }

    @Test func cleanupLooksAtEverySession() async throws {
        let store = try store(ceiling: 16 << 20)
        for number in 0..<6000 {
            let session = try #require(SessionID("s\(number)"))
            try await store.take(session, [1], timeToLive: number % 3 == 0 ? 100 : 5)
        }
        // A sweep that is under way does not make the cleanup miss what lies behind it.
        store.sweep()
        clock.advance(seconds: 5)
        #expect(try await store.cleanup(dryRun: false) == 4000)
        #expect(store.count == 2000)
    }

    @Test func theServiceSweepsUntilItIsShutDown() async throws {
        let store = try store()
        for number in 0..<100 {
            let session = try #require(SessionID("s\(number)"))
            try await store.take(session, [1], timeToLive: 5)
        }
        clock.advance(seconds: 5)
        let rounds = Atomic(0)
        struct Enough: Error {}
        await store.run {
            if rounds.add(1, ordering: .relaxed).newValue > 2 { throw Enough() }
        }
        #expect(store.count == 0)
        #expect(rounds.load(ordering: .relaxed) == 3)
    }

    @Test func theServiceEndsWhenItIsCancelled() async throws {
        let store = try store()
        await withTaskGroup { group in
            group.addTask { try? await store.run() }
            group.cancelAll()
            await group.waitForAll()
        }
    }
}

extension MemorySessionStore {
    /// A whole turn.
    fileprivate func take(_ session: SessionID, _ history: [UInt8], timeToLive: Int) async throws {
        let claim = TurnClaim(scope: .session(session), runID: RunID(), principal: .alice, waitUntil: .now)
        let basis = try await begin(claim).basis()
        let change = SessionChange(history: .whole(history), fingerprint: basis.fingerprint, timeToLive: timeToLive)
        let verdict = try await commit(TurnRecord(lease: basis.lease, change: change, answer: nil))
        #expect(verdict == .stored)
    }
}

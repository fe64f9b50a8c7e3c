import Agent
import Testing

@testable import Sessions

/// What turns cost in memory, and how long it is kept.
@Suite struct MemoryTurnTests {
    private let clock = ManualClock()

    private func stage(ceiling: Int = 1 << 20) throws -> (MemorySessionStore, StoreUnderTest) {
        let store = try MemorySessionStore(ceiling: ceiling, shards: 1) { [clock] in clock.milliseconds }
        let stage = StoreUnderTest(
            store: store,
            another: store,
            leaseLength: .seconds(5),
            waiting: { store.waiting(for: $0) },
            letPass: { [clock] in clock.advance(seconds: $0) }
        )
        return (store, stage)
    }

    @Test func anIdleSessionCostsNothingBesideItsHistory() async throws {
        let (store, stage) = try stage()
        let session = try freshSession("idle")
        try await stage.commit(session, "[1]")
        let before = store.bytes
        for _ in 0..<20 { try await stage.commit(session, "[2]") }
        #expect(store.bytes == before)
    }

    @Test func aSessionInUseIsNotEvicted() async throws {
        let (store, stage) = try stage()
        let session = try freshSession("in-use")
        try await stage.commit(session, "[1]")
        let basis = try await stage.begun(session)
        for _ in 0..<20 { try await stage.commit(freshSession("other"), [UInt8](repeating: 1, count: 100_000)) }
        #expect(try await stage.text(session) == "[1]")
        try await stage.store.abandon(basis.lease)
        for _ in 0..<20 { try await stage.commit(freshSession("other"), [UInt8](repeating: 1, count: 100_000)) }
        #expect(try await stage.text(session) == nil)
        #expect(store.bytes <= 1 << 20)
    }

    @Test func turnsUnderWayAreBounded() async throws {
        let (store, stage) = try stage()
        var leases: [Lease] = []
        let error = await #expect(throws: StoreError.self) {
            for _ in 0..<10_000 { leases.append(try await stage.begun(freshSession("many")).lease) }
        }
        #expect(error?.code == .full)
        #expect(leases.count > 200)
        #expect(store.bytes <= 1 << 20)
        for lease in leases.prefix(10) { try await store.abandon(lease) }
        _ = try await stage.begun(freshSession("again"))
    }

    @Test func answersMakeRoomOldestFirst() async throws {
        let (store, stage) = try stage()
        let answer = String(repeating: "x", count: 10_000)
        var turns: [(SessionID, Idempotency)] = []
        for _ in 0..<100 {
            let (session, key) = try (freshSession("answered"), Idempotency.fresh())
            turns.append((session, key))
            #expect(try await stage.commit(stage.begun(session, key: key), "[1]", answer: answer) == .stored)
            #expect(store.bytes <= 1 << 20)
        }
        let (last, lastKey) = try #require(turns.last)
        #expect(try await stage.begin(last, key: lastKey) == .replayed(answer: Array(answer.utf8)))
        let (first, firstKey) = turns[0]
        #expect(try await stage.begin(first, key: firstKey).basis().text == "[1]", "the history is still there")
    }

    @Test func anAnswerIsKeptForADay() async throws {
        let (store, stage) = try stage()
        let (session, key) = try (freshSession("day"), Idempotency.fresh())
        #expect(try await stage.commit(stage.begun(session, key: key), "[1]", answer: "one") == .stored)
        clock.advance(seconds: 86_399)
        store.sweep()
        #expect(try await stage.begin(session, key: key) == .replayed(answer: Array("one".utf8)))
        clock.advance(seconds: 1)
        store.sweep()
        #expect(try await stage.begin(session, key: key).basis().stored == nil)
    }

    @Test func whatDeadRunsLeaveIsSweptOut() async throws {
        let (store, stage) = try stage()
        let empty = store.bytes
        let session = try freshSession("dead")
        for _ in 0..<10 { _ = try await stage.begun(freshSession("dead")) }
        try await stage.commit(session, "[1]", timeToLive: 1)
        try await stage.clear(session)
        #expect(store.bytes > empty + 6400)
        clock.advance(seconds: 126)
        store.sweep()
        #expect(store.bytes == empty)
    }
}

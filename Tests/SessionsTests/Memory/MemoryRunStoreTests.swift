import Agent
import Testing

@testable import Sessions

@Suite(.timeLimit(.minutes(1))) struct MemoryRunStoreTests {
    private let clock = ManualClock()

    private func store(ceiling: Int = 64 << 20) throws -> MemorySessionStore {
        try MemorySessionStore(ceiling: ceiling) { [clock] in clock.milliseconds }
    }

    @Test(arguments: RunStoreContract.all + RunStoreContract.expiry)
    func keeps(_ promise: RunStoreContract) async throws {
        let clock = clock
        let store = try MemorySessionStore(ceiling: 64 << 20) { clock.milliseconds }
        try await promise.check(
            RunStoreUnderTest(
                store: store.runs,
                another: store.runs,
                sessions: store,
                letPass: { clock.advance(milliseconds: $0.milliseconds) }
            )
        )
    }

    @Test func theServiceOfTheSessionsRemovesRunsThatHadTheirTime() async throws {
        let store = try store()
        for _ in 0..<10 {
            let run = RunRecord.running()
            _ = try await store.runs.record(run, events: .numbered(1...3), keepingFrom: 1)
            _ = try await store.runs.record(run.ended(), events: .numbered(4...4), keepingFrom: 1)
            _ = try await store.runs.record(.running(), events: [], keepingFrom: 1)
        }
        #expect(store.runs.bytes > 10_000)
        clock.advance(seconds: 299)
        store.sweep()
        #expect(store.runs.bytes > 5000)
        clock.advance(seconds: 1)
        store.sweep()
        #expect(store.runs.bytes == 0)
    }

    @Test func sessionsAndRunsTogetherStayBelowTheCeiling() async throws {
        let ceiling = 4 << 20
        let store = try store(ceiling: ceiling)
        for number in 0..<200 {
            let run = RunRecord.running(in: try freshSession("\(number)"))
            let basis = try await store.begin(.of(try #require(run.session))).basis()
            _ = try await store.runs.record(run, events: .numbered(1...40, size: 900), keepingFrom: 1)
            _ = try await store.commit(.of(basis, String(repeating: "x", count: 40_000)))
            _ = try await store.runs.record(run.ended(), events: .numbered(41...41), keepingFrom: 1)
            #expect(store.bytes + store.runs.bytes <= ceiling)
        }
        #expect(store.runs.bytes > ceiling / 5, "its part is used")
        #expect(store.bytes > ceiling / 2)
    }
}

import TestSupport
import Testing

@testable import Agent
@testable import Sessions

@Suite struct KnownHistoryTests {
    @Test func aHistoryIsHandedOnFromTurnToTurnWithoutACopy() async throws {
        let worker = NearWorker(try MemorySessionStore())
        let session = try freshSession("handed-on")
        _ = try await worker.run(String(repeating: "x", count: 20_000), in: session)
        var places: Set<Int> = []
        for _ in 0..<10 {
            _ = try await worker.run("Hi", in: session)
            places.insert(try #require(worker.cache.find(session, now: .now)?.history.bytes.place))
        }
        #expect(worker.store.hits == 10)
        // It may outgrow its place once.
        #expect(places.count <= 2, "it lay in \(places.count) places")
    }
}

extension [UInt8] {
    /// Where the bytes lie in memory.
    fileprivate var place: Int { withUnsafeBytes { Int(bitPattern: $0.baseAddress) } }
}

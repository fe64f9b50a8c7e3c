import TestSupport
import Testing

@testable import Agent

@Suite struct NearHistoriesTests {
    private let start = ContinuousClock.now

    private func session(_ name: String) throws -> SessionID { try #require(SessionID(name)) }

    /// A history of one prompt with `size` letters.
    private func entry(_ size: Int, seconds: Int = 1800, owner: Int = 1) -> NearHistories.Entry {
        var history = Conversation()
        history.append(user: String(repeating: "x", count: size))
        return NearHistories.Entry(
            version: HistoryVersion(storedBy: RunID()),
            history: history,
            owner: Principal(userID: owner),
            end: start + .seconds(seconds)
        )
    }

    @Test func aHistoryIsFoundUntilItIsTakenOrReplaced() throws {
        var near = NearHistories(mostBytes: 100_000)
        let a = try session("a")
        #expect(near.find(a, now: start) == nil)
        let (first, second) = (entry(100), entry(200))
        #expect(near.keep(first, of: a, now: start).isEmpty)
        #expect(near.find(a, now: start)?.version == first.version)
        #expect(near.keep(second, of: a, now: start).map(\.version) == [first.version])
        #expect(near.find(a, now: start)?.version == second.version)
        #expect(near.drop(a)?.version == second.version)
        #expect(near.find(a, now: start) == nil && near.bytes == 0 && near.count == 0)
    }

    @Test func whatWasNotUsedForLongestGoesFirst() throws {
        var near = NearHistories(mostBytes: 40_000)
        let names = try ["a", "b", "c"].map { try session($0) }
        for name in names { _ = near.keep(entry(10_000), of: name, now: start) }
        #expect(near.count == 3)
        // Used again: taken out, and the next one put in.
        _ = near.drop(names[0])
        _ = near.keep(entry(10_000), of: names[0], now: start)
        let gone = near.keep(entry(10_000), of: try session("d"), now: start)
        #expect(gone.count == 1)
        #expect(near.find(names[1], now: start) == nil)
        #expect(near.find(names[0], now: start) != nil && near.find(names[2], now: start) != nil)
    }

    @Test func whatIsLargerThanAllMayBeIsNotKept() throws {
        var near = NearHistories(mostBytes: 5000)
        let (small, large) = (try session("small"), try session("large"))
        _ = near.keep(entry(100), of: small, now: start)
        _ = near.keep(entry(100), of: large, now: start)
        #expect(near.keep(entry(10_000), of: large, now: start).count == 2, "its predecessor is of no use either")
        #expect(near.find(large, now: start) == nil && near.find(small, now: start) != nil)
    }

    @Test func aHistoryEndsWithItsSession() throws {
        var near = NearHistories(mostBytes: 100_000)
        let (short, long) = (try session("short"), try session("long"))
        _ = near.keep(entry(100, seconds: 10), of: short, now: start)
        _ = near.keep(entry(100, seconds: 100), of: long, now: start)
        #expect(near.find(short, now: start + .seconds(9)) != nil)
        #expect(near.find(short, now: start + .seconds(10)) == nil)
        #expect(near.keep(entry(100), of: try session("new"), now: start + .seconds(10)).count == 1, "it makes room")
        #expect(near.count == 2)
    }

    @Test func anOwnersHistoriesGoTogether() throws {
        var near = NearHistories(mostBytes: 100_000)
        for (index, name) in ["a", "b", "c"].enumerated() {
            _ = near.keep(entry(100, owner: 1 + index % 2), of: try session(name), now: start)
        }
        #expect(near.drop(ownedBy: Principal(userID: 1)).count == 2)
        #expect(near.count == 1)
        #expect(near.find(try session("b"), now: start) != nil)
    }

    @Test func manyUsesKeepTheBound() throws {
        var near = NearHistories(mostBytes: 100_000)
        let names = try (0..<50).map { try session("s\($0)") }
        var dice = Dice(state: 7)
        for _ in 0..<2000 {
            let name = dice.pick(names)
            if dice.roll(3) == 1 { _ = near.drop(name) }
            _ = near.keep(entry(dice.roll(6000)), of: name, now: start)
            #expect(near.bytes <= 100_000)
        }
        for name in names { _ = near.drop(name) }
        #expect(near.bytes == 0 && near.count == 0)
    }
}

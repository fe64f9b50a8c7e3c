import CSessionStore
import Testing

/// A walk over the buckets, a call at a time, while the table is used.
@Suite struct CTableWalkTests {
    @Test func anEmptyTableHasNothingToMeet() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        #expect(walk(table).isEmpty)
    }

    @Test(arguments: [1, 15, 16, 17, 33, 500])
    func aTableThatLiesStillIsMetOnce(count: Int) throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        for number in 0..<count { #expect(table.set(key(number), []) == PARLEY_STORE_OK) }
        // Also in the middle of a resize, which the last insertion may have begun.
        let met = walk(table)
        #expect(met.count == count)
        #expect(Set(met).count == count)
    }

    @Test func anExpiredEntryIsMetToo() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        #expect(table.set(key(1), [], until: 5) == PARLEY_STORE_OK)
        #expect(walk(table) == [key(1)])
        #expect(table.count == 1)
    }

    /// Whatever the table does between the calls, what is there all the time is met.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func whatStaysIsMetWhileTheTableChangesItsSize(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let table = try #require(CTable(ceiling: 4 << 20))
        let lasting = Int.random(in: 1...60, using: &random)
        for number in 0..<lasting { #expect(table.set(key(number), []) == PARLEY_STORE_OK) }
        var others = 0
        for _ in 0..<Int.random(in: 0...800, using: &random) {
            #expect(table.set(key(1000 + others), []) == PARLEY_STORE_OK)
            others += 1
        }
        let grows = Bool.random(using: &random)
        let pace = Int.random(in: 0...12, using: &random)
        var met: [[UInt8]] = []
        var cursor: UInt64 = 0
        repeat {
            let step = table.walk(cursor)
            met += step.keys
            cursor = step.next
            for _ in 0..<pace {
                if grows, others < 8000 {
                    #expect(table.set(key(1000 + others), []) == PARLEY_STORE_OK)
                    others += 1
                } else if !grows, others > 0 {
                    others -= 1
                    #expect(table.remove(key(1000 + others)))
                }
            }
            try #require(met.count < 100_000, "the walk does not end")
        } while cursor != 0
        let missed = (0..<lasting).filter { !met.contains(key($0)) }
        #expect(missed.isEmpty)
        if grows { #expect((0..<lasting).allSatisfy { number in met.count { $0 == key(number) } == 1 }, "met twice") }
    }

    @Test func anyCursorIsInTheTable() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        for number in 0..<100 { #expect(table.set(key(number), []) == PARLEY_STORE_OK) }
        for cursor in [1, 1 << 20, 1 << 63, UInt64.max] { _ = table.walk(cursor) }
    }

    /// All keys, from the first bucket to the last.
    private func walk(_ table: CTable) -> [[UInt8]] {
        var met: [[UInt8]] = []
        var cursor: UInt64 = 0
        repeat {
            let step = table.walk(cursor)
            met += step.keys
            cursor = step.next
        } while cursor != 0
        return met
    }
}

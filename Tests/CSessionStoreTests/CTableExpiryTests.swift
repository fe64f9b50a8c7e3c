import CSessionStore
import Testing

@Suite struct CTableExpiryTests {
    @Test func anEntryExpiresAtItsDeadline() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        #expect(table.set(key(1), [1], until: 100, now: 50) == PARLEY_STORE_OK)
        #expect(table.get(key(1), now: 99) != nil)
        #expect(table.get(key(1), now: 100) == nil)
        #expect(table.count == 0, "removed where it was met")
    }

    @Test func anExpiredEntryIsNotThereToRemove() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        #expect(table.set(key(1), [1], until: 100) == PARLEY_STORE_OK)
        #expect(!table.remove(key(1), now: 100))
        #expect(table.count == 0)
    }

    @Test func aSweepVisitsNoMoreThanItMay() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        for number in 0..<10 { #expect(table.set(key(number), [], until: number % 2 == 0 ? 5 : 50) == PARLEY_STORE_OK) }
        var removed: [Int] = []
        var finished: [Bool] = []
        for _ in 0..<4 {
            let swept = table.sweep(now: 10, most: 3)
            removed.append(swept.removed)
            finished.append(swept.finished)
        }
        #expect(removed == [2, 1, 2, 0])
        #expect(finished == [false, false, false, true])
        #expect(table.count == 5)
        #expect(table.sweep(now: 50).removed == 5)
        #expect(table.count == 0)
    }

    @Test func anEmptyTableIsSweptAtOnce() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        let swept = table.sweep(now: 10)
        #expect(swept.removed == 0)
        #expect(swept.finished)
    }

    @Test func aRewoundSweepBeginsAtTheOldest() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        for number in 0..<10 { #expect(table.set(key(number), [], until: number < 5 ? 20 : 50) == PARLEY_STORE_OK) }
        #expect(table.sweep(now: 10, most: 8).removed == 0)
        table.rewind()
        #expect(table.sweep(now: 20, most: 5).removed == 5)
    }

    @Test func theEntryThatASweepWouldVisitNextMayGo() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        for number in 0..<6 { #expect(table.set(key(number), [], until: 5) == PARLEY_STORE_OK) }
        #expect(table.sweep(now: 0, most: 2).removed == 0)
        #expect(table.remove(key(2)))
        _ = table.get(key(3))
        #expect(table.set(key(4), []) == PARLEY_STORE_OK)
        // 3 and 5 lie ahead; 0 and 1 come in the next pass.
        #expect(table.sweep(now: 5).removed == 2)
        #expect(table.sweep(now: 5).removed == 2)
        #expect(table.count == 1)
    }

    /// Entries that are set move ahead of the sweep all the time; it must not run after them for ever.
    @Test func aBusyTableDoesNotKeepTheSweepFromWhatLiesStill() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        for number in 0..<100 { #expect(table.set(key(number), [], until: number < 50 ? 5 : 1000) == PARLEY_STORE_OK) }
        #expect(table.sweep(now: 0, most: 60).removed == 0)
        var removed = 0
        for round in 0..<200 {
            #expect(table.set(key(50 + round % 50), [], until: 1000, now: 10) == PARLEY_STORE_OK)
            #expect(table.set(key(50 + (round + 7) % 50), [], until: 1000, now: 10) == PARLEY_STORE_OK)
            removed += table.sweep(now: 10, most: 1).removed
        }
        #expect(removed == 50)
    }
}

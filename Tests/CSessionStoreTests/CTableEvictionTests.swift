import CSessionStore
import Testing

@Suite struct CTableEvictionTests {
    @Test func theOldestThatWasNotUsedGoesFirst() throws {
        // Room for three of 1000 bytes and a bit.
        let table = try #require(CTable(ceiling: 4096))
        let value = [UInt8](repeating: 7, count: 1000)
        for number in 1...3 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        _ = table.get(key(1))
        #expect(table.set(key(4), value) == PARLEY_STORE_OK)
        #expect(table.get(key(2)) == nil)
        // The oldest first: 3, 1, 4. One that was set again is the newest.
        #expect(table.get(key(3)) != nil)
        #expect(table.set(key(1), value) == PARLEY_STORE_OK)
        #expect(table.set(key(5), value) == PARLEY_STORE_OK)
        #expect(table.get(key(4)) == nil)
        #expect(table.get(key(1)) != nil)
        #expect(table.get(key(3)) != nil)
        #expect(table.get(key(5)) != nil)
    }

    @Test func aUseIsGoodForOneRound() throws {
        let table = try #require(CTable(ceiling: 4096))
        let value = [UInt8](repeating: 7, count: 1000)
        for number in 1...3 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        // However often it was used.
        for _ in 0..<5 { _ = table.get(key(1)) }
        for number in 4...5 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        // 2 and 3 went; 1 is the oldest, as it was passed over before 4 and 5 came.
        #expect(table.set(key(6), value) == PARLEY_STORE_OK)
        #expect(table.get(key(1)) == nil)
        for number in 4...6 { #expect(table.get(key(number)) != nil) }
    }

    @Test func whereAllAreInUseTheOldestGoes() throws {
        let table = try #require(CTable(ceiling: 4096))
        let value = [UInt8](repeating: 7, count: 1000)
        for number in 1...3 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        for number in 1...3 { #expect(table.get(key(number)) != nil) }
        #expect(table.set(key(4), value) == PARLEY_STORE_OK)
        #expect(table.get(key(1)) == nil)
        for number in 2...4 { #expect(table.get(key(number)) != nil) }
    }

    /// However many are in use, a call goes through few of them.
    @Test func aCallPassesOverSoManyAndNoMore() throws {
        let table = try #require(CTable(ceiling: 16 << 10))
        for number in 100..<1000 { #expect(table.set(key(number), []) == PARLEY_STORE_OK) }
        let oldest = 1000 - table.count
        try #require(table.count > 200)
        for number in oldest..<1000 { try #require(table.get(key(number)) != nil) }
        #expect(table.set(key(1000), []) == PARLEY_STORE_OK)
        #expect(table.get(key(oldest + 128)) == nil)
        for number in oldest..<(oldest + 128) { #expect(table.get(key(number)) != nil) }
    }

    @Test func aMissIsNoUse() throws {
        let table = try #require(CTable(ceiling: 4096))
        let value = [UInt8](repeating: 7, count: 1000)
        for number in 1...3 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        _ = table.get(key(9))
        #expect(table.set(key(4), value) == PARLEY_STORE_OK)
        #expect(table.get(key(1)) == nil)
    }

    @Test func theExpiredGoBeforeThoseInUse() throws {
        let table = try #require(CTable(ceiling: 4096))
        let value = [UInt8](repeating: 7, count: 1000)
        #expect(table.set(key(1), value) == PARLEY_STORE_OK)
        #expect(table.set(key(2), value, until: 5) == PARLEY_STORE_OK)
        #expect(table.set(key(3), value) == PARLEY_STORE_OK)
        #expect(table.set(key(4), value, now: 5) == PARLEY_STORE_OK)
        for number in [1, 3, 4] { #expect(table.get(key(number), now: 5) != nil) }
    }

    @Test func oneLargeEntryTakesTheRoomOfMany() throws {
        let table = try #require(CTable(ceiling: 64 << 10))
        for number in 0..<400 { #expect(table.set(key(number), [1, 2, 3]) == PARLEY_STORE_OK) }
        #expect(table.set(key(1000), [UInt8](repeating: 9, count: 48_000)) == PARLEY_STORE_OK)
        #expect(table.get(key(1000)) != nil)
        #expect(table.get(key(0)) == nil)
        #expect(table.get(key(399)) != nil)
    }

    @Test func replacingInAFullTableKeepsTheOthersWhereItCan() throws {
        let table = try #require(CTable(ceiling: 4096))
        let value = [UInt8](repeating: 7, count: 1000)
        for number in 1...3 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        for _ in 0..<10 { #expect(table.set(key(3), value) == PARLEY_STORE_OK) }
        #expect(table.count == 3)
        // For the moment of a replacement both are out, and no more.
        #expect(table.allocator.peak <= table.bytes + 48 + 5 + 1000)
    }

    @Test func aTableThatShrinksKeepsToTheCeiling() throws {
        let table = try #require(CTable(ceiling: 8192))
        for number in 0..<150 { #expect(table.set(key(number), []) == PARLEY_STORE_OK) }
        // Beside this there is room for fourteen small ones, and for no second table.
        #expect(table.set(key(1000), [UInt8](repeating: 9, count: 6000)) == PARLEY_STORE_OK)
        #expect(table.bytes > 8192 - 64)
        for number in (0..<150).reversed() { _ = table.remove(key(number)) }
        #expect(table.count == 1)
    }
}

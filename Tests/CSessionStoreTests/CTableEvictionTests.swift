import CSessionStore
import Testing

@Suite struct CTableEvictionTests {
    @Test func theEntryUnusedForLongestGoesFirst() throws {
        // Room for three of 1000 bytes and a bit.
        let table = try #require(CTable(ceiling: 4096))
        let value = [UInt8](repeating: 7, count: 1000)
        for number in 1...3 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        _ = table.get(key(1))
        #expect(table.set(key(4), value) == PARLEY_STORE_OK)
        #expect(table.get(key(2)) == nil)
        // By last use now: 1, 4, 3. A set is a use as well.
        #expect(table.get(key(3)) != nil)
        #expect(table.set(key(1), value) == PARLEY_STORE_OK)
        #expect(table.set(key(5), value) == PARLEY_STORE_OK)
        #expect(table.get(key(4)) == nil)
        #expect(table.get(key(1)) != nil)
        #expect(table.get(key(3)) != nil)
        #expect(table.get(key(5)) != nil)
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

import CSessionStore
import Testing

@Suite struct CTablePinTests {
    private let value = [UInt8](repeating: 7, count: 1000)

    @Test func aPinnedEntryIsNotEvicted() throws {
        // Room for three of 1000 bytes and a bit.
        let table = try #require(CTable(ceiling: 4096))
        #expect(table.set(key(1), value) == PARLEY_STORE_OK)
        #expect(table.pin(key(1)) == PARLEY_STORE_OK)
        for number in 2...20 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        #expect(table.get(key(1)) != nil)
        #expect(table.get(key(20)) != nil)
        table.unpin(key(1))
        for number in 21...24 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        #expect(table.get(key(1)) == nil)
    }

    @Test func whatPinnedEntriesLeaveNoRoomForIsRefused() throws {
        let table = try #require(CTable(ceiling: 4096))
        for number in 1...2 {
            #expect(table.set(key(number), value) == PARLEY_STORE_OK)
            #expect(table.pin(key(number)) == PARLEY_STORE_OK)
        }
        #expect(table.set(key(3), value) == PARLEY_STORE_FULL)
        #expect(table.set(key(1), [UInt8](repeating: 8, count: 2500)) == PARLEY_STORE_FULL)
        #expect(table.get(key(1))?.value == value)
        #expect(table.count == 2)
        // A replacement takes the place of what it replaces, and its pin.
        #expect(table.set(key(1), [UInt8](repeating: 8, count: 1500)) == PARLEY_STORE_OK)
        for number in 4...20 { #expect(table.set(key(number), [9]) == PARLEY_STORE_OK) }
        #expect(table.get(key(1))?.value.count == 1500)
        #expect(table.set(key(3), value) == PARLEY_STORE_FULL)
        #expect(table.remove(key(2)))
        #expect(table.set(key(3), value) == PARLEY_STORE_OK)
    }

    @Test func noMoreIsPinnedThanLeavesRoom() throws {
        let table = try #require(CTable(ceiling: 4096))
        for number in 1...3 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        #expect(table.pin(key(1)) == PARLEY_STORE_OK)
        #expect(table.pin(key(1)) == PARLEY_STORE_OK, "again")
        #expect(table.pin(key(2)) == PARLEY_STORE_OK)
        #expect(table.pin(key(3)) == PARLEY_STORE_FULL)
        table.unpin(key(1))
        table.unpin(key(1))
        #expect(table.pin(key(3)) == PARLEY_STORE_OK)
        #expect(table.pin(key(9)) == PARLEY_STORE_OK, "there is nothing to pin")
        table.unpin(key(9))
    }

    @Test func aPinPutsTheDeadlineOffAndNeverForward() throws {
        let table = try #require(CTable(ceiling: 4096))
        #expect(table.set(key(1), value, until: 10) == PARLEY_STORE_OK)
        #expect(table.pin(key(1), until: 100, now: 5) == PARLEY_STORE_OK)
        #expect(table.pin(key(1), until: 50, now: 5) == PARLEY_STORE_OK)
        #expect(table.get(key(1), now: 99)?.deadline == 100)
        #expect(table.pin(key(1), until: 200, now: 100) == PARLEY_STORE_OK)
        #expect(table.get(key(1), now: 100) == nil, "what has expired is not brought back")
        // Its bytes are no longer counted as pinned.
        for number in 2...3 {
            #expect(table.set(key(number), value, now: 100) == PARLEY_STORE_OK)
            #expect(table.pin(key(number), now: 100) == PARLEY_STORE_OK)
        }
    }

    @Test func whatIsReservedIsMadeRoomFor() throws {
        let table = try #require(CTable(ceiling: 4096))
        for number in 1...3 { #expect(table.set(key(number), value) == PARLEY_STORE_OK) }
        #expect(table.reserve(2000) == PARLEY_STORE_OK)
        #expect(table.get(key(3)) != nil)
        #expect(table.count == 1)
        #expect(table.set(key(4), value) == PARLEY_STORE_OK)
        #expect(table.set(key(5), [UInt8](repeating: 1, count: 1500)) == PARLEY_STORE_FULL)
        #expect(table.pin(key(4)) == PARLEY_STORE_OK)
        #expect(table.reserve(2500) == PARLEY_STORE_FULL)
        #expect(table.reserve(.max) == PARLEY_STORE_FULL)
        table.unpin(key(4))
        #expect(table.reserve(3000) == PARLEY_STORE_OK)
        #expect(table.count == 0)
        #expect(table.reserve(0) == PARLEY_STORE_OK)
        #expect(table.set(key(5), [UInt8](repeating: 1, count: 1500)) == PARLEY_STORE_OK)
    }

    /// Pins, sets, removals and time in any order: the memory is accounted for and inside the ceiling at every step, and
    /// what is pinned stays.
    @Test func pinsHoldInAnyOrder() throws {
        var generator = SeededGenerator(state: 3)
        let table = try #require(CTable(ceiling: 16 << 10))
        var pinned: [Int: [UInt8]] = [:]
        var refused = 0
        for step in 0..<20_000 {
            let number = Int.random(in: 0..<60, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0:
                if let stored = table.get(key(number), now: step)?.value {
                    if table.pin(key(number), now: step) == PARLEY_STORE_OK { pinned[number] = stored }
                }
            case 1, 2:
                table.unpin(key(number))
                pinned[number] = nil
            case 3:
                _ = table.remove(key(number), now: step)
                pinned[number] = nil
            case 4: _ = table.reserve(Int.random(in: 0..<4000, using: &generator), now: step)
            case 5: _ = table.sweep(now: step, most: 7)
            default:
                let value = [UInt8](
                    repeating: UInt8(number),
                    count: Int.random(in: 0..<1500, using: &generator)
                )
                if table.set(key(number), value, now: step) == PARLEY_STORE_OK {
                    if pinned[number] != nil { pinned[number] = value }
                } else {
                    refused += 1
                }
            }
            for (number, value) in pinned { try #require(table.get(key(number), now: step)?.value == value) }
        }
        #expect(refused > 0)
    }
}

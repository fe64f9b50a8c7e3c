import CSessionStore
import Testing

@Suite struct CTableOutOfMemoryTests {
    /// Each allocation of a long history of operations fails in turn. A refused set must have changed nothing; another
    /// refused allocation, that of a table, must not be noticed.
    @Test func eachAllocationMayFail() throws {
        var refused = 0
        var refusals = Refusals()
        while true {
            guard let table = CTable(ceiling: 4200, refusing: refused) else {
                refused += 1
                continue
            }
            try operate(on: table, noting: &refusals)
            // The history has run without meeting the refusal: each allocation had its turn.
            if table.allocator.requests <= refused { break }
            refused += 1
        }
        #expect(refused > 150)
        #expect(refusals.ofNewKeys > 10)
        #expect(refusals.ofReplacements > 10)
        #expect(refusals.ofNewKeys + refusals.ofReplacements < refused, "some were of tables")
    }

    /// The sets that were refused.
    private struct Refusals {
        var ofNewKeys = 0
        var ofReplacements = 0
    }

    /// Grows the table, replaces, evicts, removes, sweeps.
    private func operate(on table: CTable, noting refusals: inout Refusals) throws {
        var model: [[UInt8]: [UInt8]] = [:]
        for step in 0..<160 {
            let key = key(step * 7 % 45)
            let value = [UInt8](repeating: UInt8(step), count: step % 50 == 49 ? 1500 : step % 40)
            let before = table.get(key, now: step)?.value
            let (count, bytes) = (table.count, table.bytes)
            switch table.set(key, value, until: 10_000, now: step) {
            case PARLEY_STORE_OK:
                model[key] = value
                try #require(table.get(key, now: step)?.value == value)
            case PARLEY_STORE_NO_MEMORY:
                if before == nil { refusals.ofNewKeys += 1 } else { refusals.ofReplacements += 1 }
                try #require(table.count == count)
                try #require(table.bytes == bytes)
                try #require(table.get(key, now: step)?.value == before)
            case let other: Issue.record("status \(other)")
            }
            if step % 9 == 0 { _ = table.remove(CSessionStoreTests.key(step), now: step) }
            if step % 20 == 0 { _ = table.sweep(now: step, most: 10) }
        }
        for (key, value) in model {
            let found = table.get(key, now: 200)?.value
            try #require(found == nil || found == value)
        }
    }

    @Test func withoutMemoryForALargerTableThereAreLongerChains() throws {
        // Requests 0 and 1 are the store and its first table; 13 entries follow, then the table that would grow.
        let table = try #require(CTable(ceiling: 1 << 20, refusing: 15))
        for number in 0..<13 { #expect(table.set(key(number), [UInt8(number)]) == PARLEY_STORE_OK) }
        #expect(table.allocator.requests == 16)
        for number in 0..<13 { #expect(table.get(key(number))?.value == [UInt8(number)]) }
        #expect(table.set(key(13), [13]) == PARLEY_STORE_OK)
        #expect(table.allocator.requests == 18, "it asks again")
        for number in 0..<14 { #expect(table.get(key(number))?.value == [UInt8(number)]) }
    }
}

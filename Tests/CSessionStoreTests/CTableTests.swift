import CSessionStore
import Testing

@Suite struct CTableTests {
    @Test func keepsBytesAsTheyAre() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        let values: [[UInt8]] = [[], [0], [0, 0], Array(0...255), [UInt8](repeating: 0xFF, count: 100_000)]
        for (number, value) in values.enumerated() {
            #expect(table.set(key(number), value, until: number + 1) == PARLEY_STORE_OK)
        }
        for (number, value) in values.enumerated() {
            let found = try #require(table.get(key(number)))
            #expect(found.value == value)
            #expect(found.deadline == number + 1)
        }
    }

    @Test func tellsKeysApart() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        let keys: [[UInt8]] = [[], [0], [0, 0], [1], [1, 0], [UInt8](repeating: 1, count: 65_535)]
        for (number, key) in keys.enumerated() { #expect(table.set(key, [UInt8(number)]) == PARLEY_STORE_OK) }
        for (number, key) in keys.enumerated() { #expect(table.get(key)?.value == [UInt8(number)]) }
        #expect(table.count == keys.count)
    }

    @Test func tellsKeysOfTheSameHashApart() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        let (one, other) = try #require(collidingKeys(under: CTable.secret))
        #expect(table.set(one, [1]) == PARLEY_STORE_OK)
        #expect(table.get(other) == nil)
        #expect(table.set(other, [2]) == PARLEY_STORE_OK)
        #expect(table.get(one)?.value == [1])
        #expect(table.remove(one))
        #expect(table.get(other)?.value == [2])
    }

    /// The first two keys of which the table keeps the same 32 bits of their hashes. Who does not know the secret cannot
    /// look for them.
    private func collidingKeys(under secret: [UInt8]) -> ([UInt8], [UInt8])? {
        var seen: [UInt32: Int] = [:]
        for number in 0..<500_000 {
            let hash = span(key(number)) { parley_store_siphash(secret, $0) }
            if let other = seen.updateValue(number, forKey: UInt32(truncatingIfNeeded: hash)) {
                return (key(other), key(number))
            }
        }
        return nil
    }

    @Test func replacesAndRemoves() throws {
        let table = try #require(CTable(ceiling: 1 << 20))
        #expect(!table.remove(key(1)))
        #expect(table.set(key(1), [1]) == PARLEY_STORE_OK)
        #expect(table.set(key(1), [2, 3]) == PARLEY_STORE_OK)
        #expect(table.get(key(1))?.value == [2, 3])
        #expect(table.count == 1)
        #expect(table.remove(key(1)))
        #expect(!table.remove(key(1)))
        #expect(table.get(key(1)) == nil)
        #expect(table.count == 0)
    }

    @Test func refusesWhatCannotFit() throws {
        let table = try #require(CTable(ceiling: 8192))
        // Three quarters of the ceiling, less the entry's 48 bytes and the key's 5.
        let largest = 8192 / 4 * 3 - 48 - 5
        #expect(table.set(key(1), [1]) == PARLEY_STORE_OK)
        let requests = table.allocator.requests
        #expect(table.set(key(1), [UInt8](repeating: 0, count: largest + 1)) == PARLEY_STORE_TOO_LARGE)
        #expect(table.set([UInt8](repeating: 0, count: 65_536), []) == PARLEY_STORE_TOO_LARGE)
        #expect(table.allocator.requests == requests)
        #expect(table.get(key(1))?.value == [1])
        #expect(table.set(key(1), [UInt8](repeating: 9, count: largest)) == PARLEY_STORE_OK)
        #expect(table.get(key(1))?.value.count == largest)
    }

    @Test func theLargestFitsBesideTheLargestTables() throws {
        let table = try #require(CTable(ceiling: 8192))
        for number in 0..<1000 { #expect(table.set(key(number), []) == PARLEY_STORE_OK) }
        #expect(table.set(key(1), [UInt8](repeating: 9, count: 8192 / 4 * 3 - 48 - 5)) == PARLEY_STORE_OK)
        #expect(table.get(key(1)) != nil)
    }

    @Test func refusesACeilingThatHoldsNothing() {
        var made: OpaquePointer?
        #expect(parley_store_create(&made, 4095, Array(0..<16), nil) == PARLEY_STORE_TOO_SMALL)
        #expect(made == nil)
    }

    @Test func worksOnMalloc() throws {
        var made: OpaquePointer?
        #expect(parley_store_create(&made, 4096, Array(0..<16), nil) == PARLEY_STORE_OK)
        let store = try #require(made)
        defer { parley_store_destroy(store) }
        for number in 0..<500 {
            let status = span(key(number)) { parley_store_set(store, $0, $0, $0, 1, 0) }
            #expect(status == PARLEY_STORE_OK)
        }
        var found = parley_store_found()
        #expect(span(key(499)) { parley_store_get(store, $0, 0, &found) })
        #expect(found.value.size == 14)
    }

    @Test func anEntryCostsLittle() throws {
        let table = try #require(CTable(ceiling: 64 << 20))
        let before = table.bytes
        var stored = 0
        var overhead = 0
        for number in 0..<10_000 {
            #expect(table.set(key(number), [UInt8](repeating: 0, count: 100)) == PARLEY_STORE_OK)
            stored += key(number).count + 100
            if number >= 1000 { overhead = max(overhead, (table.bytes - before - stored) / (number + 1)) }
        }
        #expect((48...80).contains(overhead), "\(overhead) bytes")
    }
}

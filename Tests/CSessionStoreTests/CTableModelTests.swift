import CSessionStore
import Testing

/// The table against a dictionary that does the same slowly.
@Suite struct CTableModelTests {
    private struct Modelled: Equatable {
        var value: [UInt8]
        var deadline: Int
    }

    /// Nothing is evicted here, so that the two must agree in everything.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func doesWhatADictionaryDoes(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let table = try #require(CTable(ceiling: 16 << 20))
        var model: [[UInt8]: Modelled] = [:]
        var now = 1_700_000_000_000

        for step in 0..<8000 {
            // The keys in play grow and shrink, so that the tables do.
            let keys = [2000, 60, 900, 3][step / 2000]
            let key = key(Int.random(in: 0..<keys, using: &random))
            now += Int.random(in: 0...3, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...4:
                let value = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                let deadline = now + Int.random(in: 0...4000, using: &random)
                try #require(table.set(key, value, until: deadline, now: now) == PARLEY_STORE_OK)
                model[key] = Modelled(value: value, deadline: deadline)
            case 5...7:
                let found = table.get(key, now: now).map { Modelled(value: $0.value, deadline: $0.deadline) }
                try #require(found == model[key].flatMap { $0.deadline > now ? $0 : nil })
                if found == nil { model[key] = nil }
            case 8:
                let live = model.removeValue(forKey: key).map { $0.deadline > now } ?? false
                try #require(table.remove(key, now: now) == live)
            default:
                // What a sweep meets is its own affair; what it removes has expired.
                let removed = table.sweep(now: now, most: Int.random(in: 0...50, using: &random)).removed
                try #require(removed <= model.count { $0.value.deadline <= now })
                try #require(table.count >= model.count { $0.value.deadline > now })
            }
        }
        table.rewind()
        while !table.sweep(now: now, most: 100).finished {}
        model = model.filter { $0.value.deadline > now }
        #expect(table.count == model.count)
        for (key, entry) in model {
            let found = table.get(key, now: now)
            #expect(found?.value == entry.value)
            #expect(found?.deadline == entry.deadline)
        }
    }

    /// The order in which a full table gives entries up: the oldest first, and those found since another round.
    private struct Order {
        private struct Entry {
            let key: [UInt8]
            var isUsed = false
        }

        /// The oldest first.
        private var entries: [Entry] = []

        var keys: [[UInt8]] { entries.map(\.key) }

        mutating func use(_ key: [UInt8]) -> Bool {
            guard let index = entries.firstIndex(where: { $0.key == key }) else { return false }
            entries[index].isUsed = true
            return true
        }

        /// Sets `key`, after which `count` entries are left.
        mutating func set(_ key: [UInt8], leaving count: Int) {
            entries.removeAll { $0.key == key }
            var chances = 128
            while entries.count >= count, let oldest = entries.first {
                entries.removeFirst()
                guard oldest.isUsed, chances > 0 else { continue }
                chances -= 1
                entries.append(Entry(key: oldest.key))
            }
            entries.append(Entry(key: key))
        }
    }

    /// A table that is always full: what it gives is what was last set, and what it has is what the order leaves.
    @Test(arguments: [4096, 40_000, 300_000])
    func underItsCeilingItForgetsButNeverErrs(ceiling: Int) throws {
        var random = SeededGenerator(state: UInt64(ceiling))
        let table = try #require(CTable(ceiling: ceiling))
        var model: [[UInt8]: [UInt8]] = [:]
        var order = Order()
        for _ in 0..<6000 {
            let key = key(Int.random(in: 0..<3000, using: &random))
            if Bool.random(using: &random) {
                let value = [UInt8](
                    repeating: .random(in: 0...255, using: &random),
                    count: .random(in: 0...900, using: &random)
                )
                try #require(table.set(key, value) == PARLEY_STORE_OK)
                model[key] = value
                order.set(key, leaving: table.count)
            } else {
                let found = table.get(key)
                let isKept = order.use(key)
                try #require((found != nil) == isKept)
                if let found { try #require(found.value == model[key]) }
            }
        }
        #expect(table.count < model.count)
        #expect(table.count > 0)
        #expect(order.keys.count == table.count)
        #expect(order.keys.allSatisfy { table.get($0)?.value == model[$0] })
    }

    /// While a table is resized, each entry is in exactly one place, at every size on the way up and down.
    @Test func everyEntryIsFoundAtEveryMomentOfAResize() throws {
        let table = try #require(CTable(ceiling: 4 << 20))
        for number in 0..<600 {
            #expect(table.set(key(number), key(number)) == PARLEY_STORE_OK)
            guard number % 7 == 0 else { continue }
            for other in 0...number where table.get(key(other))?.value != key(other) { Issue.record("lost \(other)") }
        }
        let bytesWhenLarge = table.bytes
        for number in 0..<600 {
            #expect(table.remove(key(number)))
            guard number % 7 == 0 else { continue }
            for other in 0..<600 where (table.get(key(other)) != nil) != (other > number) { Issue.record("\(other)") }
        }
        #expect(table.count == 0)
        #expect(table.bytes < 1000, "of \(bytesWhenLarge) when it was large")
    }

    @Test func aTableThatIsSweptEmptyGivesItsMemoryBack() throws {
        let table = try #require(CTable(ceiling: 4 << 20))
        for number in 0..<2000 { #expect(table.set(key(number), [], until: 5) == PARLEY_STORE_OK) }
        #expect(table.sweep(now: 5).removed == 2000)
        // Each sweep moves a part of the table; that is all that is left to do.
        for _ in 0..<2000 { _ = table.sweep(now: 5) }
        #expect(table.bytes < 1000)
    }
}

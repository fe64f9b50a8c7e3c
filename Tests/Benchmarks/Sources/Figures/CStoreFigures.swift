import CMalloc
import Glibc
import Workloads

/// What the C store does on one core, and what an entry costs.
///
/// Entries are asked for in an order that no cache foresees, as those of many sessions are. Nearly all of the time is
/// spent waiting for memory, so other work on the machine shows. With small pages a good part of it is the search for
/// the page: `GLIBC_TUNABLES=glibc.malloc.hugetlb=1` shows what large ones are worth.
struct CStoreFigures {
    private(set) var all: [(name: String, value: Double)] = []

    private static let valueSize = 1024
    private static let rounds = 5

    init(entries: Int) throws {
        let store = try CStore(entries: entries, valueSize: Self.valueSize)
        let (allocatedBefore, residentBefore) = (Self.allocated, Self.resident)
        let fill = try processorSeconds {
            for number in 0..<entries { try store.set(number) }
        }
        let content = (Self.valueSize + CStore.keySize) * entries
        let overhead = { (bytes: Int) in Double(bytes - content) / Double(entries) }

        let order = Order(entries)
        var gets: [Double] = []
        var sets: [Double] = []
        for round in 0..<Self.rounds {
            let get = try processorSeconds {
                var found = 0
                for index in 0..<entries { found += try store.get(order[index, round]) }
                guard found == entries * Self.valueSize else { throw CStore.Failure.notFound }
            }
            gets.append(Double(entries) / get)
            let set = try processorSeconds {
                for index in 0..<entries { try store.set(order[index, round]) }
            }
            sets.append(Double(entries) / set)
        }
        gets.sort()
        sets.sort()
        all = [
            ("c_store_get_per_s", gets[gets.count - 1]),
            ("c_store_get_per_s_median", gets[gets.count / 2]),
            ("c_store_set_per_s", sets[sets.count - 1]),
            ("c_store_set_per_s_median", sets[sets.count / 2]),
            ("c_store_first_set_per_s", Double(entries) / fill),
            ("c_store_overhead_bytes_per_entry", overhead(Self.allocated - allocatedBefore)),
            ("c_store_overhead_bytes_per_entry_by_table", overhead(store.bytes)),
            ("c_store_overhead_bytes_per_entry_resident", overhead(Self.resident - residentBefore)),
            ("c_store_entries", Double(store.count)),
        ]
    }

    /// Bytes that malloc has given out, its own headers included.
    private static var allocated: Int {
        let info = mallinfo2()
        return Int(info.uordblks + info.hblkhd)
    }

    /// Bytes of this process that are in memory.
    private static var resident: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// The numbers below a count, each once, in an order that looks like none and costs nothing to keep.
    private struct Order {
        private let count: Int
        private let stride: Int

        init(_ count: Int) {
            self.count = count
            var stride = Int(Double(count) * 0.618) | 1
            while Self.divisor(stride, count) > 1 { stride += 2 }
            self.stride = stride
        }

        subscript(index: Int, round: Int) -> Int { (index * stride + round * 31) % count }

        private static func divisor(_ one: Int, _ other: Int) -> Int {
            other == 0 ? one : divisor(other, one % other)
        }
    }
}

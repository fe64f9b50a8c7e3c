import CSessionStore
import Testing

/// The C table as its tests use it: keys and values are arrays, all memory is counted, and each call checks what always
/// holds.
final class CTable {
    static let secret = [UInt8](0..<16)

    let allocator = CountingAllocator()
    let ceiling: Int
    private let store: OpaquePointer
    private var reserved = 0

    /// `nil` when the allocator refuses, which request `refused` does.
    init?(ceiling: Int, refusing refused: Int? = nil) {
        allocator.refused = refused
        var callbacks = allocator.callbacks
        var made: OpaquePointer?
        let status = parley_store_create(&made, ceiling, Self.secret, &callbacks)
        guard let made else {
            #expect(status != PARLEY_STORE_OK)
            #expect(allocator.bytesOut == 0)
            return nil
        }
        store = made
        self.ceiling = ceiling
    }

    deinit {
        parley_store_destroy(store)
        #expect(allocator.bytesOut == 0)
        #expect(allocator.blocksOut == 0)
    }

    var count: Int { parley_store_count(store) }
    var bytes: Int { parley_store_bytes(store) }

    func set(_ key: [UInt8], _ value: [UInt8], until deadline: Int = .max, now: Int = 0) -> parley_store_status {
        // Split, so that both parts are used.
        let head = Array(value.prefix(7))
        let body = Array(value.dropFirst(7))
        let status = span(key) { key in
            span(head) { head in
                span(body) { parley_store_set(store, key, head, $0, Int64(deadline), Int64(now)) }
            }
        }
        checkMemory()
        return status
    }

    func get(_ key: [UInt8], now: Int = 0) -> (value: [UInt8], deadline: Int)? {
        var found = parley_store_found()
        guard span(key, { parley_store_get(store, $0, Int64(now), &found) }) else { return nil }
        checkMemory()
        let bytes = UnsafeRawBufferPointer(start: found.value.bytes, count: found.value.size)
        return (Array(bytes), Int(found.deadline))
    }

    func pin(_ key: [UInt8], until deadline: Int = 0, now: Int = 0) -> parley_store_status {
        defer { checkMemory() }
        return span(key) { parley_store_pin(store, $0, Int64(deadline), Int64(now)) }
    }

    func unpin(_ key: [UInt8]) { span(key) { parley_store_unpin(store, $0) } }

    func reserve(_ size: Int, now: Int = 0) -> parley_store_status {
        let status = parley_store_reserve(store, size, Int64(now))
        if status == PARLEY_STORE_OK { reserved = size }
        checkMemory()
        return status
    }

    func remove(_ key: [UInt8], now: Int = 0) -> Bool {
        defer { checkMemory() }
        return span(key) { parley_store_remove(store, $0, Int64(now)) }
    }

    func sweep(now: Int, most: Int = .max) -> parley_store_swept {
        defer { checkMemory() }
        return parley_store_sweep(store, Int64(now), most)
    }

    /// The keys of one bucket, and the next cursor.
    func walk(_ cursor: UInt64) -> (keys: [[UInt8]], next: UInt64) {
        var keys: [[UInt8]] = []
        let next = withUnsafeMutablePointer(to: &keys) { keys in
            parley_store_walk(
                store,
                cursor,
                { context, key, _ in
                    let bytes = UnsafeRawBufferPointer(start: key.bytes, count: key.size)
                    context?.assumingMemoryBound(to: [[UInt8]].self).pointee.append(Array(bytes))
                },
                keys
            )
        }
        return (keys, next)
    }

    func rewind() { parley_store_rewind(store) }

    /// The table's account of its memory is the allocator's, and inside the ceiling.
    private func checkMemory() {
        guard bytes != allocator.bytesOut || bytes + reserved > ceiling else { return }
        Issue.record("\(bytes) bytes by the table, \(allocator.bytesOut) by the allocator, ceiling \(ceiling)")
    }
}

/// Lends `bytes` to a C function.
func span<Result>(_ bytes: [UInt8], _ body: (parley_store_span) -> Result) -> Result {
    bytes.withUnsafeBytes { body(parley_store_span(bytes: $0.baseAddress, size: $0.count)) }
}

/// A key that a test can count with.
func key(_ number: Int) -> [UInt8] { Array("key \(number)".utf8) }

/// The same numbers on each run: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

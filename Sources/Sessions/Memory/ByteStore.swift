import Agent
import CSessionStore

/// The C hash table behind Swift types: bytes under a session's id until a deadline, under a ceiling. The only file
/// that knows the C functions.
///
/// Times are milliseconds of one clock, which the caller reads.
struct ByteStore: ~Copyable {
    private let store: OpaquePointer

    /// - Parameter ceiling: bytes that the table may hold, everything counted.
    /// - Throws: `.full` when there is no memory, or when `ceiling` is too low for an empty table.
    init(ceiling: Int) throws(StoreError) {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        var made: OpaquePointer?
        let status = parley_store_create(&made, max(ceiling, 0), secret, nil)
        guard let made else { throw StoreError(status, size: 0) }
        store = made
    }

    deinit { parley_store_destroy(store) }

    /// Sessions held, those that expired and were not yet removed included.
    var count: Int { parley_store_count(store) }

    /// Bytes held, everything counted.
    var bytes: Int { parley_store_bytes(store) }

    /// Stores `head` and `body`, one behind the other, and makes room for them where there is none.
    ///
    /// - Throws: `.tooLarge` or `.full`; what was stored under `key` is then still there.
    mutating func set(
        _ key: SessionID,
        head: UnsafeRawBufferPointer,
        body: UnsafeRawBufferPointer,
        deadline: Int,
        now: Int
    ) throws(StoreError) {
        let status = key.withSpan {
            parley_store_set(store, $0, parley_store_span(head), parley_store_span(body), Int64(deadline), Int64(now))
        }
        guard status == PARLEY_STORE_OK else { throw StoreError(status, size: body.count) }
    }

    /// What `read` makes of the value under `key` and its deadline; `nil` when there is none. The bytes are the store's
    /// own and may not leave `read`.
    mutating func get<Value>(_ key: SessionID, now: Int, read: (UnsafeRawBufferPointer, Int) -> Value) -> Value? {
        var found = parley_store_found()
        guard key.withSpan({ parley_store_get(store, $0, Int64(now), &found) }) else { return nil }
        return read(UnsafeRawBufferPointer(start: found.value.bytes, count: found.value.size), Int(found.deadline))
    }

    /// Keeps `key` from being evicted, and from expiring before `deadline`.
    /// - Throws: `.full` when too much is pinned already.
    mutating func pin(_ key: SessionID, until deadline: Int, now: Int) throws(StoreError) {
        let status = key.withSpan { parley_store_pin(store, $0, Int64(deadline), Int64(now)) }
        guard status == PARLEY_STORE_OK else { throw StoreError(status, size: 0) }
    }

    /// Lets `key` be evicted again.
    mutating func unpin(_ key: SessionID) { key.withSpan { parley_store_unpin(store, $0) } }

    /// Counts `size` bytes, held elsewhere, against the ceiling, instead of those reserved before.
    /// - Throws: `.full` when what is pinned leaves no room for them.
    mutating func reserve(_ size: Int, now: Int) throws(StoreError) {
        let status = parley_store_reserve(store, size, Int64(now))
        guard status == PARLEY_STORE_OK else { throw StoreError(status, size: 0) }
    }

    /// Forgets `key`; whether something was there.
    @discardableResult
    mutating func remove(_ key: SessionID, now: Int) -> Bool {
        key.withSpan { parley_store_remove(store, $0, Int64(now)) }
    }

    /// Looks at the next `most` sessions at the most and removes those that have expired: how many, and whether all
    /// have been looked at since the pass began. The next sweep then begins another.
    mutating func sweep(now: Int, most: Int) -> (removed: Int, finished: Bool) {
        let swept = parley_store_sweep(store, Int64(now), most)
        return (swept.removed, swept.finished)
    }

    /// Shows `visit` keys, values and deadlines, those of expired entries too, until it wants no more or as many `buckets`
    /// were looked at; a bucket that was begun is gone through. The cursor of the next one, 0 behind the last.
    ///
    /// The bytes are the store's own and may not leave `visit`. What is there during a whole walk is met, perhaps twice.
    func walk(
        from cursor: UInt64,
        buckets: Int,
        visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ deadline: Int) -> Bool
    ) -> UInt64 {
        withoutActuallyEscaping(visit) { visit in
            var walker = Walker(visit: visit)
            return withUnsafeMutablePointer(to: &walker) { walker in
                var cursor = cursor
                for _ in 0..<buckets where walker.pointee.goesOn {
                    cursor = parley_store_walk(store, cursor, Walker.meet, walker)
                    if cursor == 0 { break }
                }
                return cursor
            }
        }
    }

    /// A closure on its way through C.
    private struct Walker {
        let visit: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, Int) -> Bool
        var goesOn = true

        static let meet: parley_store_visit = { context, key, found in
            guard let walker = context?.assumingMemoryBound(to: Walker.self) else { return }
            let wantsMore = walker.pointee.visit(
                UnsafeRawBufferPointer(start: key.bytes, count: key.size),
                UnsafeRawBufferPointer(start: found.value.bytes, count: found.value.size),
                Int(found.deadline)
            )
            if !wantsMore { walker.pointee.goesOn = false }
        }
    }

    /// Lets the next sweep begin a pass.
    mutating func rewind() { parley_store_rewind(store) }
}

extension SessionID {
    fileprivate func withSpan<Result>(_ body: (parley_store_span) -> Result) -> Result {
        var text = text
        return text.withUTF8 { body(parley_store_span(UnsafeRawBufferPointer($0))) }
    }
}

extension parley_store_span {
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes: bytes.baseAddress, size: bytes.count)
    }
}

extension StoreError {
    fileprivate init(_ status: parley_store_status, size: Int) {
        switch status {
        case PARLEY_STORE_TOO_LARGE: self.init(.tooLarge, "A history of \(size) bytes is more than the store takes.")
        case PARLEY_STORE_TOO_SMALL: self.init(.full, "The store was given too few bytes to hold anything.")
        case PARLEY_STORE_FULL: self.init(.full, "The sessions in use leave no room.")
        default: self.init(.full, "There is no memory for the store.")
        }
    }
}

/// Puts the items of one reply together in the order in which a reader meets them, and refuses one that grows beyond
/// its limit, before it is allocated. Knows no C.
struct RedisReplyBuilder {
    private struct OpenArray {
        var missing: Int
        var elements: [RedisReply] = []
    }

    /// The largest reply in bytes: strings by their length, and each item, also each one that an array announces, by
    /// what it takes in memory.
    let limit: Int
    /// Whether an item was refused; the reader must not be used any more.
    private(set) var isTooLarge = false
    private var size = 0
    private var open: [OpenArray] = []
    private var finished: RedisReply?

    init(limit: Int) { self.limit = limit }

    /// Whether a string of `length` bytes would still fit.
    func hasRoom(for length: Int) -> Bool { length <= limit - size }

    /// An item without elements, `length` bytes long if it is a string; it is not made, and `false`, when the reply is now too large.
    mutating func add(_ item: @autoclosure () -> RedisReply, length: Int = 0) -> Bool {
        guard charge(length, items: open.isEmpty ? 1 : 0) else { return false }
        place(item())
        return true
    }

    /// An array of `count` elements, which follow; `false` when the reply would be too large with them.
    mutating func addArray(count: Int) -> Bool {
        guard charge(0, items: count + (open.isEmpty ? 1 : 0)) else { return false }
        if count == 0 {
            place(.array([]))
        } else {
            var array = OpenArray(missing: count)
            array.elements.reserveCapacity(count)
            open.append(array)
        }
        return true
    }

    /// The finished reply, once; the builder is then ready for the next one.
    mutating func take() -> RedisReply? {
        guard let reply = finished else { return nil }
        finished = nil
        size = 0
        return reply
    }

    private mutating func place(_ item: RedisReply) {
        var item = item
        while var array = open.popLast() {
            array.elements.append(item)
            array.missing -= 1
            guard array.missing == 0 else {
                open.append(array)
                return
            }
            item = .array(array.elements)
        }
        finished = item
    }

    private mutating func charge(_ length: Int, items: Int) -> Bool {
        let (memory, overflow) = items.multipliedReportingOverflow(by: MemoryLayout<RedisReply>.stride)
        guard !overflow, hasRoom(for: memory), length <= limit - size - memory else {
            isTooLarge = true
            return false
        }
        size += length + memory
        return true
    }
}

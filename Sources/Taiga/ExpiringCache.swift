/// Keeps values for a while after they were set, at most so many: beyond that the oldest go. Reads no clock.
struct ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct Entry {
        var value: Value
        var until: Instant
        var number: Int
    }

    private let limit: Int
    private let lifetime: Duration
    private var entries: [Key: Entry] = [:]
    /// The keys in the order in which they were set; a number that its entry no longer has is stale.
    private var order: [(key: Key, number: Int)] = []
    private var oldest = 0
    private var lastNumber = 0

    /// - Parameters:
    ///   - limit: how many values are kept at most.
    ///   - lifetime: how long each is kept.
    init(limit: Int, lifetime: Duration) {
        self.limit = limit
        self.lifetime = lifetime
    }

    /// How many values are held, those whose time is over included.
    var count: Int { entries.count }

    /// The value, unless it was set longer ago than the cache keeps it.
    func value(of key: Key, now: Instant) -> Value? {
        guard let entry = entries[key], now < entry.until else { return nil }
        return entry.value
    }

    /// Keeps `value` from now on, in place of an earlier one.
    mutating func set(_ value: Value, of key: Key, now: Instant) {
        lastNumber += 1
        entries[key] = Entry(value: value, until: now + lifetime, number: lastNumber)
        order.append((key, lastNumber))
        while oldest < order.count, isOver(order[oldest], now: now) {
            let (key, number) = order[oldest]
            if entries[key]?.number == number { entries[key] = nil }
            oldest += 1
        }
        if oldest > order.count / 2 {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    /// Forgets the value.
    mutating func remove(_ key: Key) { entries[key] = nil }

    /// Whether the oldest place in the order can be given up.
    private func isOver(_ place: (key: Key, number: Int), now: Instant) -> Bool {
        guard let entry = entries[place.key], entry.number == place.number else { return true }
        return entry.until <= now || entries.count > limit
    }
}

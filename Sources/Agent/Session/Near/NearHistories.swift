/// Decides which histories a worker keeps between the turns of their sessions: those used last, in a bounded number of
/// bytes, each no longer than its session lives.
///
/// Whoever uses a history takes it out and puts the next one in, so that the order in which they came is the order of their
/// use. What has to go is handed out: freeing a large one takes time, and the caller may hold a lock.
struct NearHistories: Sendable {
    struct Entry: Sendable {
        var version: HistoryVersion
        var history: Conversation
        var owner: Principal
        /// When the session has expired, unless another worker prolongs it.
        var end: ContinuousClock.Instant
    }

    private struct Held {
        var entry: Entry
        /// Which of the places in the order is the entry's.
        var number: Int
        var size: Int
    }

    /// What an entry costs besides its history, estimated from above.
    private static let overhead = 512

    let mostBytes: Int
    /// What is held, estimated from above.
    private(set) var bytes = 0
    private var held: [SessionID: Held] = [:]
    /// The oldest first; places whose entries have gone are left behind.
    private var order: [(session: SessionID, number: Int)] = []
    private var first = 0
    private var lastNumber = 0

    init(mostBytes: Int) { self.mostBytes = mostBytes }

    var count: Int { held.count }

    /// Keeps a session's history instead of the one before; what that, and others, had to leave.
    mutating func keep(_ entry: Entry, of session: SessionID, now: ContinuousClock.Instant) -> [Entry] {
        var gone = drop(session).map { [$0] } ?? []
        let size = entry.history.footprint + Self.overhead
        guard size <= mostBytes, entry.end > now else { return gone + [entry] }
        lastNumber += 1
        held[session] = Held(entry: entry, number: lastNumber, size: size)
        order.append((session, lastNumber))
        bytes += size
        while let oldest = nextOldest(), bytes > mostBytes || oldest.entry.end <= now {
            if let entry = drop(order[first].session) { gone.append(entry) }
        }
        forgetPlaces()
        return gone
    }

    /// The session's history; `nil` when there is none, or it has had its time.
    func find(_ session: SessionID, now: ContinuousClock.Instant) -> Entry? {
        guard let entry = held[session]?.entry, entry.end > now else { return nil }
        return entry
    }

    /// Keeps the session's history no longer.
    mutating func drop(_ session: SessionID) -> Entry? {
        guard let known = held.removeValue(forKey: session) else { return nil }
        bytes -= known.size
        return known.entry
    }

    /// Keeps nothing of this owner's any longer.
    mutating func drop(ownedBy owner: Principal) -> [Entry] {
        held.filter { $0.value.entry.owner == owner }.compactMap { drop($0.key) }
    }

    private mutating func nextOldest() -> Held? {
        while first < order.count {
            let place = order[first]
            if let known = held[place.session], known.number == place.number { return known }
            first += 1
        }
        return nil
    }

    /// Most turns leave a place behind: they must not outnumber what is held by much.
    private mutating func forgetPlaces() {
        guard order.count > 2 * held.count + 64 else { return }
        order = order[first...].filter { held[$0.session]?.number == $0.number }
        first = 0
    }
}

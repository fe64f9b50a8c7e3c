import Agent

/// Runs and their events within a number of bytes. When there is no room, those that have ended are dropped, the oldest
/// first; then the run that is recorded keeps fewer events. Those that live stay.
///
/// Times are milliseconds of one clock, which the caller reads.
struct RunTable {
    fileprivate struct Entry {
        var record: RunRecord
        /// Never empty once there was one.
        var events: [NumberedEvent] = []
        var bytes = RunTable.overhead
        var isCancelled = false
        /// When it was last recorded.
        var seenAt: Int
    }

    /// Bytes that a run takes besides its events.
    static let overhead = 512
    /// So many runs that were dropped are remembered.
    static let mostForgotten = 4096

    private let ceiling: Int
    private let life: RunLife
    private let retention: Int
    private var entries: [RunID: Entry] = [:]
    private var bySession: [SessionID: Set<RunID>] = [:]
    private var live: Set<RunID> = []
    /// Those that have ended, the oldest first; some may be gone.
    private var ended: ArraySlice<RunID> = []
    /// Those that were dropped and must not come back, until when; the oldest first in `forgottenOrder`.
    private var forgotten: [RunID: Int] = [:]
    private var forgottenOrder: ArraySlice<RunID> = []
    private(set) var bytes = 0

    /// - Parameter retention: longer than any run, milliseconds: for so long one that was forgotten cannot come back.
    init(ceiling: Int, life: RunLife = RunLife(), retention: Int = 120_000) {
        self.ceiling = ceiling
        self.life = life
        self.retention = retention
    }

    var count: Int { entries.count }

    mutating func record(
        _ run: RunRecord,
        events: [NumberedEvent],
        keepingFrom first: Int,
        now: Int
    ) -> RunWish {
        if isOver(run.id, now: now) { remove(run.id) }
        guard forgotten.isEmpty || forgotten[run.id] == nil else { return .forgotten }
        let known = entries.removeValue(forKey: run.id)
        // It was overtaken.
        if let known, known.record.state.isEnd, !run.state.isEnd {
            entries[run.id] = known
            return .nothing
        }
        var entry = known ?? Entry(record: run, seenAt: now)
        bytes -= known?.bytes ?? 0
        entry.record = run
        entry.seenAt = now
        entry.add(events, keepingFrom: first)
        bytes += entry.bytes
        if run.state.isEnd, known?.record.state.isEnd != true {
            if known != nil { live.remove(run.id) }
            ended.append(run.id)
        } else if known == nil {
            live.insert(run.id)
        }
        if known == nil, let session = run.session { bySession[session, default: []].insert(run.id) }
        dropEnded(sparing: run.id, now: now)
        if bytes > ceiling { bytes -= entry.shorten(by: bytes - ceiling) }
        entries[run.id] = entry
        return entry.isCancelled && !run.state.isEnd ? .cancel : .nothing
    }

    func run(_ id: RunID, for caller: Caller, now: Int) -> RecordedRun? {
        guard let entry = entry(id, for: caller, now: now) else { return nil }
        return RecordedRun(
            record: entry.record,
            lastEvent: entry.record.state.isEnd ? entry.events.last?.event : nil,
            isLost: isLost(entry, now: now)
        )
    }

    func events(of id: RunID, after number: Int, for caller: Caller, now: Int) -> EventPage? {
        guard let entry = entry(id, for: caller, now: now) else { return nil }
        // A number that never was, as of another run: who shows it does not have the end.
        let last = entry.events.last?.number ?? 0
        let number = entry.record.state.isEnd && number > last ? last - 1 : number
        var room = EventPage.size
        let page = entry.events[entry.firstIndex(after: number)...].prefix { event in
            defer { room -= event.event.size }
            return room > 0
        }
        let hasAll = page.endIndex == entry.events.endIndex
        return EventPage(
            events: Array(page),
            end: !hasAll ? .open : entry.record.state.isEnd ? .ended : isLost(entry, now: now) ? .lost : .open
        )
    }

    mutating func cancel(_ id: RunID, for caller: Caller, now: Int) -> RunRecord.State? {
        guard let entry = entry(id, for: caller, now: now) else { return nil }
        if !entry.record.state.isEnd { entries[id]?.isCancelled = true }
        return entry.record.state
    }

    mutating func forget(_ id: RunID, now: Int) {
        remove(id)
        if forgotten.updateValue(now + retention, forKey: id) == nil { forgottenOrder.append(id) }
        dropForgotten(now: now)
    }

    /// The runs of a session that `caller` may see.
    func runs(of session: SessionID, for caller: Caller) -> Set<RunID> {
        guard case .principal(let principal) = caller else { return bySession[session] ?? [] }
        return (bySession[session] ?? []).filter { entries[$0]?.record.principal == principal }
    }

    func runs(of principal: Principal) -> Set<RunID> {
        Set(entries.values.lazy.map(\.record).filter { $0.principal == principal }.map(\.id))
    }

    /// Drops what has had its time.
    mutating func tick(now: Int) {
        dropEnded(sparing: nil, now: now)
        dropForgotten(now: now)
        for id in live where isOver(id, now: now) { remove(id) }
    }

    /// - Parameter spared: the one that is recorded.
    private mutating func dropEnded(sparing spared: RunID?, now: Int) {
        while let oldest = ended.first, oldest != spared {
            if entries[oldest] != nil, !isOver(oldest, now: now), bytes <= ceiling { return }
            remove(oldest)
            ended.removeFirst()
        }
    }

    private mutating func dropForgotten(now: Int) {
        while let oldest = forgottenOrder.first {
            guard forgotten.count > Self.mostForgotten || forgotten[oldest].map({ $0 <= now }) ?? true else { return }
            forgotten[oldest] = nil
            forgottenOrder.removeFirst()
        }
    }

    private mutating func remove(_ id: RunID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        bytes -= entry.bytes
        live.remove(id)
        guard let session = entry.record.session else { return }
        bySession[session]?.remove(id)
        if bySession[session]?.isEmpty == true { bySession[session] = nil }
    }

    private func entry(_ id: RunID, for caller: Caller, now: Int) -> Entry? {
        guard let entry = entries[id], !isOver(id, now: now) else { return nil }
        if case .principal(let principal) = caller, principal != entry.record.principal { return nil }
        return entry
    }

    private func isLost(_ entry: Entry, now: Int) -> Bool {
        !entry.record.state.isEnd && now - entry.seenAt >= life.silence.milliseconds
    }

    private func isOver(_ id: RunID, now: Int) -> Bool {
        guard let entry = entries[id] else { return false }
        return now - entry.seenAt >= life.keeping(entry.record.state).milliseconds
    }
}

extension RunTable.Entry {
    fileprivate mutating func add(_ more: [NumberedEvent], keepingFrom first: Int) {
        let newest = events.last?.number ?? 0
        for event in more where event.number > newest {
            events.append(event)
            bytes += event.event.size
        }
        drop(min(events.firstIndex { $0.number >= first } ?? .max, events.count - 1))
    }

    /// Gives up the oldest events, at least `size` bytes of them if there are so many besides the newest; how many it were.
    fileprivate mutating func shorten(by size: Int) -> Int {
        var (freed, dropped) = (0, 0)
        while freed < size, dropped < events.count - 1 {
            freed += events[dropped].event.size
            dropped += 1
        }
        drop(dropped)
        return freed
    }

    private mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        for event in events[..<count] { bytes -= event.event.size }
        events.removeFirst(count)
    }

    fileprivate func firstIndex(after number: Int) -> Int {
        var (low, high) = (events.startIndex, events.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].number > number { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

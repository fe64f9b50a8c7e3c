import Agent

/// Runs and their events within a number of bytes. Of those that have ended the oldest are dropped first, before their
/// time when there is no room; those that live stay. Times are milliseconds of one clock, which the caller reads.
struct RunTable {
    private struct Entry {
        var record: RunRecord
        var events: ArraySlice<NumberedEvent> = []
        var bytes = RunTable.overhead
        var isCancelled = false
        /// When it was last recorded.
        var seenAt: Int
    }

    /// Bytes that a run takes besides its events.
    private static let overhead = 512

    private let ceiling: Int
    private var entries: [RunID: Entry] = [:]
    private var bySession: [SessionID: Set<RunID>] = [:]
    /// Those that have ended, the oldest first; some may be gone.
    private var ended: ArraySlice<RunID> = []
    private(set) var bytes = 0

    init(ceiling: Int) { self.ceiling = ceiling }

    var count: Int { entries.count }

    mutating func record(
        _ run: RunRecord,
        isNew: Bool,
        events: [NumberedEvent],
        keepingFrom first: Int,
        now: Int
    ) -> RunWish {
        guard isNew || entries[run.id] != nil else { return .forgotten }
        var entry = entries[run.id] ?? Entry(record: run, seenAt: now)
        let hadEnded = entry.record.state.isEnd
        bytes -= entries[run.id] == nil ? 0 : entry.bytes
        entry.record = run
        entry.seenAt = now
        let newest = entry.events.last?.number ?? 0
        for event in events where event.number > newest {
            entry.events.append(event)
            entry.bytes += event.event.size
        }
        while let oldest = entry.events.first, oldest.number < first {
            entry.bytes -= oldest.event.size
            entry.events.removeFirst()
        }
        bytes += entry.bytes
        entries[run.id] = entry
        if let session = run.session { bySession[session, default: []].insert(run.id) }
        if run.state.isEnd, !hadEnded { ended.append(run.id) }
        makeRoom(now: now)
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
        var page: [NumberedEvent] = []
        var room = EventPage.size
        for event in entry.events[firstIndex(in: entry.events, after: number)...] where room > 0 {
            page.append(event)
            room -= event.event.size
        }
        guard page.last?.number ?? number >= entry.events.last?.number ?? 0 else {
            return EventPage(events: page, end: .open)
        }
        return EventPage(
            events: page,
            end: entry.record.state.isEnd ? .ended : isLost(entry, now: now) ? .lost : .open
        )
    }

    mutating func cancel(_ id: RunID, for caller: Caller, now: Int) -> RunRecord.State? {
        guard let entry = entry(id, for: caller, now: now) else { return nil }
        if !entry.record.state.isEnd { entries[id]?.isCancelled = true }
        return entry.record.state
    }

    mutating func forget(_ id: RunID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        bytes -= entry.bytes
        guard let session = entry.record.session else { return }
        bySession[session]?.remove(id)
        if bySession[session]?.isEmpty == true { bySession[session] = nil }
    }

    /// Drops the runs of a session; which they were.
    mutating func forget(runsOf session: SessionID) -> Set<RunID> {
        let runs = bySession[session] ?? []
        for run in runs { forget(run) }
        return runs
    }

    /// Drops what has had its time.
    mutating func tick(now: Int) {
        makeRoom(now: now)
        for (id, entry) in entries where !entry.record.state.isEnd && isOver(entry, now: now) { forget(id) }
    }

    private mutating func makeRoom(now: Int) {
        while let oldest = ended.first {
            if let entry = entries[oldest], !isOver(entry, now: now), bytes <= ceiling { return }
            forget(oldest)
            ended.removeFirst()
        }
    }

    private func entry(_ id: RunID, for caller: Caller, now: Int) -> Entry? {
        guard let entry = entries[id], !isOver(entry, now: now) else { return nil }
        if case .principal(let principal) = caller, principal != entry.record.principal { return nil }
        return entry
    }

    private func isLost(_ entry: Entry, now: Int) -> Bool {
        !entry.record.state.isEnd && now - entry.seenAt > RunLife.silence.milliseconds
    }

    private func isOver(_ entry: Entry, now: Int) -> Bool {
        let life = entry.record.state.isEnd ? RunLife.afterEnd : RunLife.afterLoss
        return now - entry.seenAt > life.milliseconds
    }

    private func firstIndex(in events: ArraySlice<NumberedEvent>, after number: Int) -> Int {
        var (low, high) = (events.startIndex, events.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].number > number { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

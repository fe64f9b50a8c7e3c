extension SessionControl {
    /// The idempotency keys of a session, by what is known of the requests under them.
    struct KeyRecords: Sendable {
        enum State: Sendable, Equatable {
            /// A run is at it, or was and died.
            case claimed(RunID)
            case answered([UInt8])
            /// The session was cleared; a run that was at it may still give the key back.
            case blanked(unanswered: RunID?)
        }

        struct Record: Sendable, Equatable {
            var request: String
            var state: State
            var until: Int
            /// Duplicates that wait for the answer.
            var followers: [RunID] = []

            var claimant: RunID? { if case .claimed(let run) = state { run } else { nil } }
            var answer: [UInt8]? { if case .answered(let bytes) = state { bytes } else { nil } }
            /// Whether it only changes by a clear, or by being forgotten.
            var isSettled: Bool {
                switch state {
                case .answered, .blanked(unanswered: nil): true
                case .claimed, .blanked: false
                }
            }
        }

        private var records: [String: Record] = [:]
        /// Bytes of the answers.
        private(set) var answerBytes = 0
        /// When the last of the settled records ends, of those too that lie elsewhere.
        var settledUntil = Int.min

        var count: Int { records.count }
        /// Whether a key is claimed.
        var hasUnanswered: Bool { records.values.contains { $0.claimant != nil } }
        subscript(key: String) -> Record? { records[key] }
        /// Those under which something may still happen.
        var unsettled: [String: Record] { records.filter { !$0.value.isSettled } }

        /// The settled records that differ from those of `before`.
        func settled(since before: Self) -> [String: Record] {
            records.filter { $0.value.isSettled && before.records[$0.key] != $0.value }
        }

        /// A record that lay elsewhere is to be known here, unless a newer one is.
        mutating func restore(_ key: String, _ record: Record) {
            if records[key] == nil { set(key, record) }
        }

        /// The record, unless it has expired.
        mutating func live(_ key: String, now: Int) -> Record? {
            guard let record = records[key] else { return nil }
            if record.until > now { return record }
            set(key, nil)
            return nil
        }

        /// The run takes the key, from nobody or from a dead run.
        mutating func claim(_ key: Idempotency, by run: RunID, until: Int) {
            let followers = (records[key.key]?.followers ?? []).filter { $0 != run }
            set(key.key, Record(request: key.request, state: .claimed(run), until: until, followers: followers))
        }

        /// Waits for the answer; `false` when too many do.
        mutating func follow(_ key: String, by run: RunID, most: Int) -> Bool {
            guard let followers = records[key]?.followers else { return true }
            if followers.contains(run) { return true }
            guard followers.count < most else { return false }
            records[key]?.followers.append(run)
            return true
        }

        mutating func unfollow(_ key: String, by run: RunID) {
            records[key]?.followers.removeAll { $0 == run }
        }

        /// The run's outcome is stored: keeps its answer, or frees the key when there is none. Those who wait for it.
        mutating func settle(_ key: Idempotency, by run: RunID, answer: [UInt8]?, until: Int) -> [RunID] {
            guard let record = records[key.key], record.claimant == run else { return [] }
            set(key.key, answer.map { Record(request: key.request, state: .answered($0), until: until) })
            return record.followers
        }

        /// Keeps the answer of a run whose worker died, unless the key was answered otherwise. Those who wait for it.
        mutating func settle(_ key: Idempotency, answer: [UInt8], until: Int) -> [RunID] {
            switch records[key.key]?.state {
            case .answered, .blanked: return []
            case .claimed, nil:
                let followers = records[key.key]?.followers ?? []
                set(key.key, Record(request: key.request, state: .answered(answer), until: until))
                return followers
            }
        }

        /// Frees a key that the run had claimed and not answered. Those who wait for it.
        mutating func giveBack(_ key: String, by run: RunID) -> [RunID] {
            switch records[key]?.state {
            case .claimed(run), .blanked(unanswered: run): remove(key)
            default: []
            }
        }

        /// Forgets a key. Those who wait for it.
        mutating func remove(_ key: String) -> [RunID] {
            defer { set(key, nil) }
            return records[key]?.followers ?? []
        }

        /// Forgets the answers; what was never begun may be asked again, what the holder was at, or a dead run, may not, for
        /// it may have been done. Those who wait for an answer.
        mutating func blank(holder: RunID?, isDead: (RunID) -> Bool) -> [RunID] {
            var signals: [RunID] = []
            for (key, record) in records {
                signals += record.followers
                var blanked: Record? = record
                blanked?.followers = []
                switch record.state {
                case .claimed(let run) where run == holder: blanked?.state = .blanked(unanswered: run)
                case .claimed(let run) where isDead(run): blanked?.state = .blanked(unanswered: nil)
                case .claimed: blanked = nil
                case .answered, .blanked: blanked?.state = .blanked(unanswered: nil)
                }
                set(key, blanked)
            }
            return signals
        }

        /// Forgets what has been kept long enough.
        mutating func expire(now: Int) {
            for (key, record) in records where record.until <= now { set(key, nil) }
        }

        /// Forgets the oldest key that no living run has claimed.
        mutating func dropOldest(sparing isAlive: (RunID) -> Bool) {
            let droppable = records.filter { !($0.value.claimant.map(isAlive) ?? false) }
            if let oldest = droppable.min(by: { $0.value.until < $1.value.until }) { set(oldest.key, nil) }
        }

        private mutating func set(_ key: String, _ record: Record?) {
            answerBytes += (record?.answer?.count ?? 0) - (records[key]?.answer?.count ?? 0)
            if let record, record.isSettled { settledUntil = max(settledUntil, record.until) }
            records[key] = record
        }
    }
}

/// A control that lies in a database between two events: itself as a small JSON document, answers and entries of the
/// journal beside it, so that no event has to write again what an earlier one has written.
extension SessionControl {
    /// What is kept of a key under which nothing more happens.
    package struct SettledKey: Sendable, Equatable {
        package var key: String
        package var request: String
        /// `nil`: the session was cleared.
        package var answer: [UInt8]?
        package var until: Int

        package init(key: String, request: String, answer: [UInt8]?, until: Int) {
            self.key = key
            self.request = request
            self.answer = answer
            self.until = until
        }
    }

    /// What an event has changed.
    package struct Changes: Sendable {
        /// See ``SessionControl/encoded``.
        package var control: [UInt8]
        package var settled: [SettledKey] = []
        /// Entries of the journal, behind those written before.
        package var entries: [[UInt8]] = []
        /// The entries written before are over.
        package var dropsEntries = false
        /// Runs that should look again.
        package var signals: [RunID] = []
    }

    /// - Parameters:
    ///   - bytes: what ``encoded`` was.
    ///   - settled: what is kept of the keys that the next event is about.
    /// - Throws: when `bytes` are no control.
    package init(
        parsing bytes: [UInt8],
        settled: [SettledKey] = [],
        limits: Limits = Limits(),
        now: Int
    ) throws(JSONError) {
        try self.init(JSONValue(parsing: bytes), limits: limits)
        restore(settled, now: now)
    }

    /// A control of which only answers are left.
    package init(settled: [SettledKey], limits: Limits = Limits(), now: Int) {
        self.init(limits: limits)
        restore(settled, now: now)
    }

    private mutating func restore(_ settled: [SettledKey], now: Int) {
        for key in settled {
            let state = key.answer.map(KeyRecords.State.answered) ?? .blanked(unanswered: nil)
            keys.restore(key.key, KeyRecords.Record(request: key.request, state: state, until: key.until))
        }
        forgetExpired(now: now)
    }

    /// What must be written after the events since `before` was read; all of it, or nothing.
    package mutating func takeChanges(since before: Self) -> Changes {
        var changes = Changes(control: encoded, signals: takeSignals())
        changes.settled = keys.settled(since: before.keys).map { key, record in
            SettledKey(key: key, request: record.request, answer: record.answer, until: record.until)
        }
        changes.entries = journal.entries
        // What an expired journal has left is in the way of the next one only.
        changes.dropsEntries = journal.elsewhere == 0 && (before.journal.elsewhere > 0 || !journal.entries.isEmpty)
        return changes
    }

    /// Until when the control must be known, the history aside.
    package var neededUntil: Int {
        let ends = [keptUntil, keys.settledUntil, journal.isEmpty ? .min : journal.end]
        let lease = holder.map { $0.end + limits.retention } ?? .min
        let others = waiting.map(\.deadAt) + keys.unsettled.values.map(\.until)
        return (ends + others).reduce(lease, max)
    }

    /// Whether runs that did not commit had done something.
    package func hasJournal(now: Int) -> Bool { !journal.isEmpty && journal.end > now }

    /// What the entries of the journal cost, estimated from above.
    package var journalBytes: Int { journal.bytes }
}

/// Legacy sessions by their ids, bounded in number and in idle time.
struct SessionTable<Session: Sendable>: Sendable {
    private struct Entry {
        var session: Session
        var lastUsed: ContinuousClock.Instant
    }

    private let maxSessions: Int
    private let idle: Duration
    private let longestBusy: Duration
    private var entries: [String: Entry] = [:]

    /// - Parameter longestBusy: after so long without a request a session counts as idle, whatever it says: the end of
    ///   a call whose response was never sent is not told.
    init(maxSessions: Int, idle: Duration, longestBusy: Duration) {
        self.maxSessions = maxSessions
        self.idle = idle
        self.longestBusy = longestBusy
    }

    var count: Int { entries.count }

    /// Keeps a session under `id`; the one that was idle longest makes room.
    /// - Parameter isBusy: a session for which it holds is not thrown out.
    /// - Returns: `false` when all are busy.
    mutating func open(
        _ id: String,
        _ session: Session,
        now: ContinuousClock.Instant,
        isBusy: (Session) -> Bool
    ) -> Bool {
        if entries.count >= maxSessions {
            let idlest = entries.filter { now - $0.value.lastUsed >= longestBusy || !isBusy($0.value.session) }
                .min { $0.value.lastUsed < $1.value.lastUsed }
            guard let idlest else { return false }
            entries[idlest.key] = nil
        }
        entries[id] = Entry(session: session, lastUsed: now)
        return true
    }

    /// The session, which is in use now; `nil` when there is none or it has been idle too long.
    mutating func use(
        _ id: String,
        now: ContinuousClock.Instant,
        isBusy: (Session) -> Bool
    ) -> Session? {
        guard let entry = entries[id] else { return nil }
        let age = now - entry.lastUsed
        guard age < idle || (age < longestBusy && isBusy(entry.session)) else {
            entries[id] = nil
            return nil
        }
        entries[id]?.lastUsed = now
        return entry.session
    }

    mutating func close(_ id: String) -> Session? { entries.removeValue(forKey: id)?.session }
}

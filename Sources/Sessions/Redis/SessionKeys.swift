import Agent

/// Where Redis holds what belongs to one session. The braces put all of it into one slot: in `{session:<id>}:meta` only
/// `session:<id>` is hashed.
struct SessionKeys {
    /// The JSON array of messages, a string. Other programs read and write it.
    let history: String
    /// Owner, fence, turns, times and so on: a hash that expires with the history.
    let meta: String
    /// Who runs: a string that expires with the lease.
    let lease: String
    /// Who waits: a list.
    let waiting: String
    /// The digests of the idempotency keys used in the last day, by the time at which they end: a sorted set. A clear
    /// finds the answers by it.
    let records: String
    /// What the runs under way have done, and are about to do: a list.
    let journal: String
    /// The runs that had the lease, by the time at which nothing is known of them any more: a sorted set. A clear finds
    /// them by it; what is known of them lies in slots of their own, see `RunKeys`.
    let runs: String

    init(_ session: SessionID) {
        history = "session:\(session.text)"
        meta = "{\(history)}:meta"
        lease = "{\(history)}:lease"
        waiting = "{\(history)}:waiting"
        records = "{\(history)}:keys"
        journal = "{\(history)}:journal"
        runs = "{\(history)}:runs"
    }

    /// `nil` for a key that is no session's meta.
    init?(meta key: String) {
        guard let session = Self.session(ofMeta: key) else { return nil }
        self.init(session)
    }

    /// The session whose meta lies under `key`, `nil` for any other key.
    static func session(ofMeta key: String) -> SessionID? {
        guard key.hasPrefix("{session:"), key.hasSuffix("}:meta") else { return nil }
        return SessionID(String(key.dropFirst("{session:".count).dropLast("}:meta".count)))
    }

    /// What was claimed and answered under an idempotency key: a string that lasts a day.
    func record(_ idempotency: Idempotency) -> String { "{\(history)}:idem:\(idempotency.key)" }

    /// Matches the histories of all sessions, for SCAN.
    static let historyPattern = "session:*"

    /// Matches the meta of all sessions, for SCAN.
    static let metaPattern = "{session:*}:meta"
}

extension SessionID {
    /// The session whose history lies under `key`, `nil` for any other key.
    init?(historyKey key: String) {
        guard key.hasPrefix("session:") else { return nil }
        self.init(String(key.dropFirst("session:".count)))
    }
}

/// Where Redis holds a turn that belongs to no session, in one slot as well.
struct SingleTurnKeys {
    /// The claim, which expires with the lease, then for a day the answer: a string.
    let record: String
    /// Who waits for the answer: a list.
    let waiting: String
    /// What the turn has done, and is about to do: a list.
    let journal: String
    /// The run that claimed the key last: a string that outlives every run.
    let last: String

    init(_ principal: Principal, _ idempotency: Idempotency) {
        record = "idem:\(principal.text):\(idempotency.key)"
        waiting = "{\(record)}:waiting"
        journal = "{\(record)}:journal"
        last = "{\(record)}:last"
    }

    /// What matches all keys of a principal's, for SCAN.
    static func patterns(of principal: Principal) -> [String] {
        ["idem:\(principal.text):*", "{idem:\(principal.text):*}:*"]
    }
}

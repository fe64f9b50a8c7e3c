import Agent

/// Where Redis holds what belongs to one session. The braces put all of it into one slot: in `{session:<id>}:meta` only
/// `session:<id>` is hashed.
struct SessionKeys {
    /// The JSON array of messages, a string. Other programs read and write it.
    let history: String
    /// Schema number, turns, times, time to live: a hash that expires with the history.
    let meta: String

    init(_ session: SessionID) {
        history = "session:\(session.text)"
        meta = "{\(history)}:meta"
    }

    /// The session whose meta lies under `key`, `nil` for any other key.
    init?(meta key: String) {
        guard key.hasPrefix("{session:"), key.hasSuffix("}:meta"),
            let session = SessionID(String(key.dropFirst("{session:".count).dropLast("}:meta".count)))
        else { return nil }
        self.init(session)
    }

    /// Matches the meta of all sessions, for SCAN.
    static let metaPattern = "{session:*}:meta"
}

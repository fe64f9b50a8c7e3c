import Agent

/// Where Redis holds what is known of one run, in one slot.
struct RunKeys {
    /// Whose it is, how far it is, who reads along: a hash, see `shared-runs.lua`.
    let state: String
    /// A stream of `name` and `data`, under the events' own numbers: `<n>-0`.
    let events: String

    init(_ run: RunID) {
        state = "{run:\(run.text)}:state"
        events = "{run:\(run.text)}:events"
    }

    /// Matches the states of all runs, for SCAN.
    static let statePattern = "{run:*}:state"
}

extension RunID {
    /// The run whose state lies under `key`, `nil` for any other key.
    init?(stateKey key: String) {
        guard key.hasPrefix("{run:"), key.hasSuffix("}:state") else { return nil }
        self.init(stored: String(key.dropFirst("{run:".count).dropLast("}:state".count)))
    }
}

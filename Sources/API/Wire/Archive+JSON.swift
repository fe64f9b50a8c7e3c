package import Agent

extension ErasureReceipt {
    /// The receipt for who asked: how many of what were erased, and when (seconds since 1970, UTC).
    package var json: JSONValue {
        [
            "number": number.map(JSONValue.int) ?? .null,
            "erased_at": .int(erasedAt),
            "stored_sessions": .int(storedSessions),
            "waiting_entries": .int(waitingEntries),
            "sessions": .int(sessions),
            "turns": .int(turns),
            "messages": .int(messages),
            "tool_calls": .int(toolCalls),
            "artifacts": .int(artifacts),
        ]
    }
}

extension ArchiveStatus {
    var json: JSONValue {
        [
            "reachable": .bool(isReachable),
            "waiting": .int(waiting),
            "lag_seconds": .int(lagSeconds),
            "dropped": .int(dropped),
        ]
    }
}

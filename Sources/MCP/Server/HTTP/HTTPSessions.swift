import Synchronization

/// The legacy sessions of an HTTP server.
final class HTTPSessions: Sendable {
    private let table: Mutex<SessionTable<ServedClient>>

    /// - Parameter longestCall: after it a call is cancelled; a minute later it has ended.
    init(_ settings: MCPHTTPSettings, longestCall: Duration) {
        table = Mutex(
            SessionTable(
                maxSessions: settings.maxSessions,
                idle: settings.sessionIdle,
                longestBusy: longestCall + .seconds(60)
            )
        )
    }

    var count: Int { table.withLock { $0.count } }

    /// A new session's id, which cannot be guessed; `nil` when there is no room.
    func open(_ client: ServedClient) -> String? {
        let digits = String(UInt128.random(in: 0 ... .max), radix: 16)
        let id = String(repeating: "0", count: 32 - digits.count) + digits
        // A client's lock is taken inside the table's, never the other way round.
        return table.withLock { $0.open(id, client, now: .now, isBusy: \.isBusy) } ? id : nil
    }

    subscript(id: String) -> ServedClient? { table.withLock { $0.use(id, now: .now, isBusy: \.isBusy) } }

    /// Ends a session and what is under way in it; whether there was one.
    func close(_ id: String) -> Bool {
        guard let client = table.withLock({ $0.close(id) }) else { return false }
        client.cancelAll()
        return true
    }
}

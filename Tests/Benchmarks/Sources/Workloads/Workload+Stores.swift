import Agent
import Sessions

extension Workload {
    /// The C table, and the memory store on top of it.
    static let stores: [Workload] = [
        Workload("c store/get") {
            let store = try filled()
            return { times in
                var bytes = 0
                for number in 0..<times { bytes += try store.get(number * 7919 % entries) }
                return bytes
            }
        },
        Workload("c store/set") {
            let store = try filled()
            return { times in
                for number in 0..<times { try store.set(number * 7919 % entries) }
                return store.count
            }
        },
        turn(Histories.short, "10 messages"),
        turn(Histories.long, "100 KB"),
    ]

    private static let entries = 10_000

    private static func filled() throws -> CStore {
        let store = try CStore(entries: entries, valueSize: 1024)
        for number in 0..<entries { try store.set(number) }
        return store
    }

    /// Begin and commit of a session that nobody else wants.
    private static func turn(_ history: Conversation, _ size: String) -> Workload {
        Workload("memory store turn/\(size)") {
            let store = try MemorySessionStore()
            let stored = history.stored
            guard let session = SessionID("3f0c9b52-8e1d-4a57-b0f4-2f6a9d8c1e70") else { return { _ in 0 } }
            return { times in
                var commits = 0
                for _ in 0..<times {
                    let claim = TurnClaim(
                        scope: .session(session),
                        runID: RunID(),
                        principal: Principal(userID: 1),
                        waitUntil: .now + .seconds(60)
                    )
                    guard case .begun(let basis) = try await store.begin(claim) else { continue }
                    let change = SessionChange(history: .whole(stored), fingerprint: basis.fingerprint, timeToLive: 600)
                    let record = TurnRecord(lease: basis.lease, change: change, answer: nil)
                    if try await store.commit(record) == .stored { commits += 1 }
                }
                return commits
            }
        }
    }
}

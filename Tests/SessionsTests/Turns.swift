import Agent
import Testing

extension TurnClaim {
    /// Alice's wish for a turn; it would wait for a minute.
    static func of(
        _ session: SessionID,
        key: Idempotency? = nil,
        ifBusy: IfBusy = .wait,
        waiting patience: Duration = .seconds(60)
    ) -> Self {
        Self(
            scope: .session(session),
            runID: RunID(),
            principal: .alice,
            idempotency: key,
            ifBusy: ifBusy,
            waitUntil: .now + patience
        )
    }
}

extension TurnRecord {
    /// The outcome of the turn that was begun as `basis`.
    static func of(_ basis: TurnBasis, _ history: String, answer: String? = nil, timeToLive: Int = 300) -> Self {
        let change = SessionChange(
            history: .whole(Array(history.utf8)),
            fingerprint: basis.fingerprint,
            timeToLive: timeToLive
        )
        return Self(lease: basis.lease, change: change, answer: answer.map { Array($0.utf8) })
    }
}

extension SessionStore {
    /// Begins and commits a turn that leaves `history`.
    func take(_ history: String, in session: SessionID) async throws {
        let basis = try await begin(.of(session)).basis()
        #expect(try await commit(.of(basis, history)) == .stored)
    }
}

/// What `body` gives in the end: asks again as long as the server is unavailable, which it also is to whoever has short
/// time-outs on a machine that stalls.
func insisting<Result>(_ body: () async throws -> Result) async throws -> Result {
    while true {
        do { return try await body() } catch let error as StoreError where error.code == .unavailable {
            try Task.checkCancellation()
        }
    }
}

import Agent

/// What turns come one after another in: a session, or the retries of one single turn.
enum TurnPlace: Hashable {
    case session(SessionID)
    case single(Principal, key: String)

    init(_ scope: TurnScope, key: Idempotency?) {
        self =
            switch scope {
            case .session(let session): .session(session)
            case .principal(let principal): .single(principal, key: key?.key ?? "")
            }
    }

    var session: SessionID? { if case .session(let session) = self { session } else { nil } }
}

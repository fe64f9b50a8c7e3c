package import Agent
import Synchronization

/// A store in a dictionary whose operations can be made to fail, to hang, or to say what a test wants them to say. It
/// admits every turn; what it takes to do that rightly is the business of the real ones.
package final class ScriptedStore: SessionStore {
    package let name = "scripted"
    private let state: Mutex<State>

    private struct State {
        var sessions: [SessionID: StoredSession] = [:]
        var failures: [StoreError] = []
        var hanging: [@Sendable () -> Void] = []
        var admissions: [TurnAdmission] = []
        var lateBegins: [@Sendable () -> Void] = []
        var verdicts: [CommitVerdict] = []
        var claims: [TurnClaim] = []
        var known: [HistoryVersion?] = []
        var records: [TurnRecord] = []
        var abandoned: [Lease] = []
        var cleared: [SessionID] = []
        var journal: [[UInt8]] = []
        var journalEnd: LeaseEnd?
    }

    /// Ends the lease of a run that is under way.
    package let leaseEnd = Gate()
    /// Open once a lease was held.
    package let held = Gate()
    private let leaseEndReason: LeaseEnd

    /// - Parameter leaseEnd: what ``leaseEnd``, opened, tells the run.
    package init(_ sessions: [String: String] = [:], leaseEnd: LeaseEnd = .cleared) {
        var state = State()
        for (id, history) in sessions {
            guard let id = SessionID(id) else { continue }
            state.sessions[id] = StoredSession(history: Array(history.utf8), meta: nil, expiresIn: nil)
        }
        self.state = Mutex(state)
        leaseEndReason = leaseEnd
    }

    /// Makes the next operations fail, one after another.
    package func failNext(_ errors: StoreError...) { state.withLock { $0.failures += errors } }

    /// Makes the next operations hang until they are cancelled; `onHang` is called when one does.
    package func hangNext(_ count: Int, onHang: @escaping @Sendable () -> Void = {}) {
        state.withLock { $0.hanging += Array(repeating: onHang, count: count) }
    }

    /// Answers the next claim only once its task is cancelled; `onWait` is called before.
    package func admitNextLate(onWait: @escaping @Sendable () -> Void) {
        state.withLock { $0.lateBegins.append(onWait) }
    }

    /// Answers the next claims with these.
    package func admitNext(_ admissions: TurnAdmission...) { state.withLock { $0.admissions += admissions } }

    /// Answers the next commits with these; nothing is stored then.
    package func judgeNext(_ verdicts: CommitVerdict...) { state.withLock { $0.verdicts += verdicts } }

    package var claims: [TurnClaim] { state.withLock { $0.claims } }
    /// The versions that the claims knew.
    package var known: [HistoryVersion?] { state.withLock { $0.known } }
    /// Commits that were tried.
    package var records: [TurnRecord] { state.withLock { $0.records } }
    /// What was appended to journals, in order.
    package var journal: [[UInt8]] { state.withLock { $0.journal } }
    /// Answers appends from now on with this, and adds nothing.
    package func endJournals(with end: LeaseEnd) { state.withLock { $0.journalEnd = end } }
    /// Sessions that were to be cleared, in order.
    package var cleared: [SessionID] { state.withLock { $0.cleared } }
    package var abandoned: [Lease] { state.withLock { $0.abandoned } }

    package func history(of id: String) -> String? {
        SessionID(id).flatMap { id in state.withLock { $0.sessions[id] } }
            .map { String(decoding: $0.history, as: UTF8.self) }
    }

    package func begin(_ claim: TurnClaim) async throws(StoreError) -> TurnAdmission {
        try await obeyScript()
        let known = claim.known()
        if let onWait = state.withLock({ $0.lateBegins.popLast() }) {
            onWait()
            try? await Gate().wait()
        }
        return state.withLock { state in
            state.claims.append(claim)
            state.known.append(known)
            if !state.admissions.isEmpty { return state.admissions.removeFirst() }
            let lease = Lease(
                scope: claim.scope,
                runID: claim.runID,
                fence: state.claims.count,
                idempotency: claim.idempotency
            )
            guard case .session(let id) = claim.scope else { return .begun(TurnBasis(lease: lease, stored: nil)) }
            return .begun(TurnBasis(lease: lease, stored: state.sessions[id]))
        }
    }

    package func hold(_ lease: Lease) async -> LeaseEnd? {
        held.open()
        do {
            try await leaseEnd.wait()
            return leaseEndReason
        } catch {
            return nil
        }
    }

    package func append(
        _ entries: [[UInt8]],
        to lease: Lease,
        timeToLive: Int
    ) async throws(StoreError) -> LeaseEnd? {
        try await obeyScript()
        return state.withLock { state in
            state.journal += entries
            return state.journalEnd
        }
    }

    package func commit(_ record: TurnRecord) async throws(StoreError) -> CommitVerdict {
        state.withLock { $0.records.append(record) }
        try await obeyScript()
        return state.withLock { state in
            if !state.verdicts.isEmpty { return state.verdicts.removeFirst() }
            guard case .session(let id) = record.lease.scope, let change = record.change else { return .stored }
            let turns = (state.sessions[id]?.meta?.turns ?? 0) + 1
            state.sessions[id] = StoredSession(
                history: change.history.bytes,
                meta: SessionMeta(turns: turns, createdAt: 1, updatedAt: 2, timeToLive: change.timeToLive),
                expiresIn: change.timeToLive
            )
            return .stored
        }
    }

    package func abandon(_ lease: Lease) async throws(StoreError) {
        state.withLock { $0.abandoned.append(lease) }
    }

    package func answer(to request: Idempotency, in scope: TurnScope) async throws(StoreError) -> [UInt8]? {
        try await obeyScript()
        return state.withLock { state in
            state.records.last { $0.lease.idempotency == request && $0.lease.scope == scope }?.answer
        }
    }

    package func load(_ session: SessionID, for caller: Caller) async throws(StoreError) -> StoredSession? {
        try await obeyScript()
        return state.withLock { $0.sessions[session] }
    }

    package func clear(_ session: SessionID, for caller: Caller) async throws(StoreError) -> Bool {
        try await obeyScript()
        return state.withLock { state in
            state.cleared.append(session)
            return state.sessions.removeValue(forKey: session) != nil
        }
    }

    package func forget(_ principal: Principal) async throws(StoreError) -> Int {
        try await obeyScript()
        return state.withLock { state in
            defer { state.sessions = [:] }
            return state.sessions.count
        }
    }

    /// All sessions by their ids; the cursor's position is how many came before.
    package func list(_ query: SessionQuery) async throws(StoreError) -> SessionPage {
        try await obeyScript()
        return state.withLock { state in
            let from = Int(query.cursor?.position ?? 0)
            let all = state.sessions.sorted { $0.key.text < $1.key.text }
            let next = from + query.limit
            return SessionPage(
                sessions: all.dropFirst(from).prefix(query.limit).map { session, stored in
                    SessionSummary(
                        session: session,
                        owner: query.owner?.text,
                        turns: stored.meta?.turns,
                        createdAt: stored.meta?.createdAt,
                        updatedAt: stored.meta?.updatedAt,
                        expiresIn: stored.expiresIn,
                        bytes: stored.history.count
                    )
                },
                cursor: next < all.count ? SessionCursor(position: UInt64(next)) : nil
            )
        }
    }

    package func cleanup(dryRun: Bool) async throws(StoreError) -> Int {
        try await obeyScript()
        return dryRun ? 5 : 3
    }

    package func check() async throws(StoreError) { try await obeyScript() }

    private func obeyScript() async throws(StoreError) {
        if let onHang = state.withLock({ $0.hanging.isEmpty ? nil : $0.hanging.removeFirst() }) {
            onHang()
            try? await Gate().wait()
            throw StoreError(.cancelled, "cancelled")
        }
        let error = state.withLock { $0.failures.isEmpty ? nil : $0.failures.removeFirst() }
        if let error { throw error }
    }
}

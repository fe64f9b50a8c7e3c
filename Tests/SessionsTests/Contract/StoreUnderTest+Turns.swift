import Agent
import Testing

/// Turns as the promises take them. Where nothing else is said, alice asks `store`, and would wait for a minute.
extension StoreUnderTest {
    /// Asks for a turn.
    func begin(
        _ session: SessionID,
        as principal: Principal = .alice,
        run: RunID = RunID(),
        key: Idempotency? = nil,
        ifBusy: IfBusy = .wait,
        waiting patience: Duration = .seconds(60),
        on store: (any SessionStore)? = nil
    ) async throws(StoreError) -> TurnAdmission {
        let claim = TurnClaim(
            scope: .session(session),
            runID: run,
            principal: principal,
            idempotency: key,
            ifBusy: ifBusy,
            waitUntil: .now + patience
        )
        return try await (store ?? self.store).begin(claim)
    }

    /// Begins a turn that must be admitted.
    func begun(
        _ session: SessionID,
        as principal: Principal = .alice,
        key: Idempotency? = nil,
        ifBusy: IfBusy = .wait,
        on store: (any SessionStore)? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TurnBasis {
        try await begin(session, as: principal, key: key, ifBusy: ifBusy, on: store).basis(sourceLocation)
    }

    /// Ends the turn that was begun as `basis`.
    @discardableResult
    func commit(
        _ basis: TurnBasis,
        _ history: String,
        answer: String? = nil,
        timeToLive: Int = 600,
        on store: (any SessionStore)? = nil
    ) async throws(StoreError) -> CommitVerdict {
        let change = SessionChange(
            history: .whole(Array(history.utf8)),
            fingerprint: basis.fingerprint,
            timeToLive: timeToLive
        )
        let record = TurnRecord(lease: basis.lease, change: change, answer: answer.map { Array($0.utf8) })
        return try await (store ?? self.store).commit(record)
    }

    /// Begins a turn and commits it; the time to live is long enough for every check that is not about it. A turn that
    /// could not be committed is abandoned.
    func commit(_ session: SessionID, _ history: [UInt8], timeToLive: Int = 600) async throws {
        let basis = try await begun(session)
        let change = SessionChange(history: .whole(history), fingerprint: basis.fingerprint, timeToLive: timeToLive)
        do throws(StoreError) {
            let verdict = try await store.commit(TurnRecord(lease: basis.lease, change: change, answer: nil))
            #expect(verdict == .stored)
        } catch {
            try? await store.abandon(basis.lease)
            throw error
        }
    }

    /// Begins and commits a turn whose history is written as text.
    func commit(_ session: SessionID, _ history: String, timeToLive: Int = 600) async throws {
        try await commit(session, Array(history.utf8), timeToLive: timeToLive)
    }

    /// Takes a turn that puts `text` behind what is stored, as soon as it is admitted.
    func append(_ text: String, to session: SessionID, ifBusy: IfBusy = .wait, on store: (any SessionStore)? = nil)
        async throws
    {
        let basis = try await begun(session, ifBusy: ifBusy, on: store)
        let verdict = try await commit(basis, (basis.text ?? "") + text, on: store)
        #expect(verdict == .stored)
    }

    /// What is stored, whoever's it is.
    func load(_ session: SessionID) async throws(StoreError) -> StoredSession? {
        try await store.load(session, for: .anyone)
    }

    /// The stored history as text; `nil` when there is no session.
    func text(_ session: SessionID) async throws -> String? {
        try await load(session).map { String(decoding: $0.history, as: UTF8.self) }
    }

    /// Clears the session, whoever's it is.
    @discardableResult
    func clear(_ session: SessionID) async throws(StoreError) -> Bool {
        try await store.clear(session, for: .anyone)
    }

    /// Runs `body` while the turn's lease is held, as a run does it.
    func whileHeld<Result: Sendable>(_ basis: TurnBasis, _ body: () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = await store.hold(basis.lease) }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Returns when `count` runs wait for the session.
    func untilWaiting(_ count: Int, for session: SessionID) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let waiting = try await waiting(session)
            if waiting == count { return }
            try #require(ContinuousClock.now < end, "\(waiting) wait, not \(count)")
            // There is no event for it, and whoever is to begin to wait needs the processor.
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

extension TurnAdmission {
    /// What an admitted turn stands on; an issue when the turn was not admitted.
    func basis(_ sourceLocation: SourceLocation = #_sourceLocation) throws -> TurnBasis {
        var begun: TurnBasis?
        if case .begun(let basis) = self { begun = basis }
        return try #require(begun, "\(self)", sourceLocation: sourceLocation)
    }
}

extension TurnBasis {
    /// The history that the turn stands on, as text.
    var text: String? { stored.map { String(decoding: $0.history, as: UTF8.self) } }
}

extension Principal {
    static let alice = Principal(userID: 1)
    static let bob = Principal(userID: 2)
}

extension Idempotency {
    /// A key that no other test uses, for a request of its own.
    static func fresh() -> Self { Self(key: digest(), request: digest()) }

    /// The same key for another request.
    var reused: Self { Self(key: key, request: Self.digest()) }

    private static func digest() -> String {
        let digits = String(UInt128.random(in: 0 ... .max), radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }
}

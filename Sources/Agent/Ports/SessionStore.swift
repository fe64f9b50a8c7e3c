/// Where sessions live between turns, and what makes their turns happen one at a time. Every worker reads what any worker
/// committed; one contract suite checks each implementation.
package protocol SessionStore: Sendable {
    /// What the start-up banner and `/health` call it: `memory`, `redis`, `postgres`.
    var name: String { get }

    /// Asks for the session's next turn, waiting for it as long as the claim allows. An admitted turn holds the session's
    /// lease and must end with ``commit(_:)`` or ``abandon(_:)``; when that takes longer than a moment, ``hold(_:)`` must run
    /// until then.
    ///
    /// A store that could not take the turn's commit fails here, before anything is done that could not be saved.
    func begin(_ claim: TurnClaim) async throws(StoreError) -> TurnAdmission

    /// Keeps the lease while the run lives: renews it until the calling task is cancelled (`nil`), or until it is the
    /// run's no longer.
    func hold(_ lease: Lease) async -> LeaseEnd?

    /// Adds entries to the journal of the turn that holds `lease`; nobody else's, whatever has happened since. They come
    /// back in their order, in ``TurnBasis/journal``, when the run ends without a commit. Repeating an append whose
    /// outcome is unknown may keep its entries twice.
    ///
    /// - Parameter timeToLive: seconds for which they are kept at least; a day when the lease has an idempotency key.
    /// - Returns: `nil`, or why the lease is the run's no longer: then nothing was added.
    func append(_ entries: [[UInt8]], to lease: Lease, timeToLive: Int) async throws(StoreError) -> LeaseEnd?

    /// Stores the outcome of a turn, whole or not at all, and gives the lease back. Idempotent by the run's id: repeating a
    /// commit whose outcome is unknown is safe.
    func commit(_ record: TurnRecord) async throws(StoreError) -> CommitVerdict

    /// Gives the lease and the idempotency key back; nothing was done. A journal stays for the next turn. No error when the lease has ended.
    func abandon(_ lease: Lease) async throws(StoreError)

    /// The stored answer of a request that was answered under its key; `nil` for another request, or none. Whoever asks
    /// must prove that it is theirs.
    func answer(to request: Idempotency, in scope: TurnScope) async throws(StoreError) -> [UInt8]?

    /// What is stored of `session`; `nil` when there is none, it has expired, or it is not `caller`'s. Does not renew its
    /// time to live.
    func load(_ session: SessionID, for caller: Caller) async throws(StoreError) -> StoredSession?

    /// Forgets `session` if it is `caller`'s: history, owner and lease; a run in flight is cancelled and its commit
    /// refused, those who wait are told. What the store knows of the session's runs goes with it, but of none that begins
    /// later. Whether there was something to forget.
    ///
    /// - Throws: also when the session is cleared and its runs are not all dropped: clearing again drops them.
    func clear(_ session: SessionID, for caller: Caller) async throws(StoreError) -> Bool

    /// Forgets all that is known to be a principal's: clears their sessions, also those of which only a turn under way or a
    /// journal is there, and drops the answers of turns without a session, and runs. How many sessions there were.
    func forget(_ principal: Principal) async throws(StoreError) -> Int

    /// A part of the sessions that have a history, whosever they are; see ``SessionPage`` for what the parts promise.
    /// Looks at a bounded number of sessions, and neither changes nor uses them.
    func list(_ query: SessionQuery) async throws(StoreError) -> SessionPage

    /// Removes what has expired and is still held; the number of sessions.
    /// - Parameter dryRun: counts only.
    func cleanup(dryRun: Bool) async throws(StoreError) -> Int

    /// Returns when the store can serve reads and writes.
    func check() async throws(StoreError)
}

/// Why a store could not do what it was asked. Nothing has changed, except perhaps after `.unavailable` or `.cancelled`:
/// then the operation was done whole or not at all.
package struct StoreError: Error, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case unavailable, full, tooLarge, unreadable, cancelled }
        private let kind: Kind

        /// The store cannot be reached, did not answer in time, or refuses.
        package static let unavailable = Self(kind: .unavailable)
        /// There is no room left and nothing may be evicted to make some.
        package static let full = Self(kind: .full)
        /// The history is larger than the store takes or gives.
        package static let tooLarge = Self(kind: .tooLarge)
        /// The record under the session's key is no string.
        package static let unreadable = Self(kind: .unreadable)
        /// The calling task was cancelled.
        package static let cancelled = Self(kind: .cancelled)

        package var description: String { kind.rawValue }
    }

    package var code: Code
    package var message: String
    package var underlying: (any Error)?
    package var file: String
    package var line: Int

    package init(
        _ code: Code,
        _ message: String,
        underlying: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.underlying = underlying
        self.file = file
        self.line = line
    }

    package var description: String {
        "\(code): \(message)" + (underlying.map { " (\($0))" } ?? "") + " at \(file):\(line)"
    }
}

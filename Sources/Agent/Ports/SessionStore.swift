/// Where sessions live between turns. Every worker reads what any worker committed; one contract suite checks each
/// implementation.
package protocol SessionStore: Sendable {
    /// What the start-up banner and `/health` call it: `memory`, `redis`.
    var name: String { get }

    /// What the next turn of `session` stands on, as `load` gives it, from a store that would take the turn's commit as
    /// well: one that can be read but not written to fails here, before anything is done that could not be saved.
    func begin(_ session: SessionID) async throws(StoreError) -> StoredSession?

    /// What is stored of `session`, or `nil` when there is none or it has expired. Does not renew its time to live.
    func load(_ session: SessionID) async throws(StoreError) -> StoredSession?

    /// Stores the outcome of one turn, whole or not at all, counts the turn and renews the session's time to live.
    func commit(_ commit: SessionCommit) async throws(StoreError)

    /// Forgets `session`. No error when there is none.
    func clear(_ session: SessionID) async throws(StoreError)

    /// Removes what has expired and is still held; the number of sessions removed.
    func cleanup() async throws(StoreError) -> Int

    /// Returns when the store can serve reads and writes.
    func check() async throws(StoreError)
}

/// A session as the store holds it.
package struct StoredSession: Sendable, Equatable {
    /// The JSON array of messages, byte for byte what was committed, or what another program wrote.
    package var history: [UInt8]
    /// `nil` when another program created the session and no turn of ours was committed yet.
    package var meta: SessionMeta?
    /// Whole seconds until the session expires; `nil` when another program stored it without an expiry.
    package var expiresIn: Int?

    package init(history: [UInt8], meta: SessionMeta?, expiresIn: Int?) {
        self.history = history
        self.meta = meta
        self.expiresIn = expiresIn
    }
}

/// What a store knows about a session besides its history. Times are whole seconds since 1970, UTC, by the store's clock.
package struct SessionMeta: Sendable, Equatable {
    package var turns: Int
    package var createdAt: Int
    package var updatedAt: Int

    package init(turns: Int, createdAt: Int, updatedAt: Int) {
        self.turns = turns
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// The outcome of a turn, on its way into the store.
package struct SessionCommit: Sendable {
    package var session: SessionID
    /// The whole new history: a JSON array of messages.
    package var history: [UInt8]
    /// Seconds until the session expires unless another turn renews it.
    package var timeToLive: Int

    package init(session: SessionID, history: [UInt8], timeToLive: Int) {
        self.session = session
        self.history = history
        self.timeToLive = timeToLive
    }
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

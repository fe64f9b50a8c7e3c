import Agent
import Testing

/// One promise that every `SessionStore` keeps, and the check of it. `StoreUnderTest` tells how a store joins.
struct SessionStoreContract: Sendable, CustomTestStringConvertible {
    /// The promise in words: the name of the test case.
    let testDescription: String
    /// Records an issue for what the store does not keep; throws what the store threw where it should not have.
    let check: @Sendable (StoreUnderTest) async throws -> Void

    init(_ promise: String, check: @escaping @Sendable (StoreUnderTest) async throws -> Void) {
        testDescription = promise
        self.check = check
    }

    /// The whole contract.
    static let all = turns + expiry + clearing + isolation + cancellation + foreignWrites
}

/// A session id that no other test uses. `label` tells a reader of the server's keys where it came from.
func freshSession(_ label: String) throws -> SessionID {
    try #require(SessionID("\(label).\(UInt64.random(in: .min ... .max))"))
}

extension StoreUnderTest {
    /// Commits a turn; the time to live is long enough for every check that is not about it.
    func commit(_ session: SessionID, _ history: [UInt8], timeToLive: Int = 600) async throws {
        try await store.commit(SessionCommit(session: session, history: history, timeToLive: timeToLive))
    }

    /// Commits a turn whose history is written as text.
    func commit(_ session: SessionID, _ history: String, timeToLive: Int = 600) async throws {
        try await commit(session, Array(history.utf8), timeToLive: timeToLive)
    }

    /// The stored history as text; `nil` when there is no session.
    func text(_ session: SessionID) async throws -> String? {
        try await store.load(session).map { String(decoding: $0.history, as: UTF8.self) }
    }
}

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
    static let all: [SessionStoreContract] = [
        turns, expiry, clearing, clearingInFlight, isolation, cancellation, foreignWrites, leases, waiting, contention,
        ownership, retries, retriesInFlight, retriesWithoutSession, journals, listing, listingInPages, versions,
    ].flatMap { $0 }
}

/// A session id that no other test uses. `label` tells a reader of the server's keys where it came from.
func freshSession(_ label: String) throws -> SessionID {
    try #require(SessionID("\(label).\(UInt64.random(in: .min ... .max))"))
}

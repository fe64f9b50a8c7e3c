import Agent
import Testing

/// One promise that every `SessionStore` keeps, and the check of it. `StoreUnderTest` tells how a store joins.
struct SessionStoreContract: Sendable, CustomTestStringConvertible {
    /// How long leases must be for a promise to be checked.
    enum LeaseSpan: Sendable {
        /// The end of a lease is awaited, and nothing has to be done before it.
        case ends
        /// A length or two are awaited, in which a lease that is held lasts and one that is not ends. Between two steps none
        /// runs out.
        case held
        /// No lease runs out, also on a machine that stalls.
        case lasting

        /// - Parameter short: the length of leases whose end is awaited.
        func length(short: Duration) -> Duration {
            switch self {
            case .ends: short
            case .held: .seconds(3)
            case .lasting: .seconds(20)
            }
        }
    }

    /// The promise in words: the name of the test case.
    let testDescription: String
    /// Which leases the store has to have.
    let lease: LeaseSpan
    /// Records an issue for what the store does not keep; throws what the store threw where it should not have.
    let check: @Sendable (StoreUnderTest) async throws -> Void

    init(
        _ promise: String,
        lease: LeaseSpan = .lasting,
        check: @escaping @Sendable (StoreUnderTest) async throws -> Void
    ) {
        testDescription = promise
        self.lease = lease
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

import Agent
import Testing

/// One promise that every `RunStore` keeps, and the check of it. `RunStoreUnderTest` tells how a store joins.
struct RunStoreContract: Sendable, CustomTestStringConvertible {
    /// The promise in words: the name of the test case.
    let testDescription: String
    /// Records an issue for what the store does not keep; throws what the store threw where it should not have.
    let check: @Sendable (RunStoreUnderTest) async throws -> Void

    init(_ promise: String, check: @escaping @Sendable (RunStoreUnderTest) async throws -> Void) {
        testDescription = promise
        self.check = check
    }

    /// What is kept whatever the store's ``RunLife``; it should be a long one.
    static let all: [RunStoreContract] = [recording, reading, ownership, cancelling, following, forgetting, clearing]
        .flatMap { $0 }
}

import Agent

/// A store, as the contract suite meets it: what it can be asked, and what its surroundings can do to it.
///
/// A store joins the suite with one parameterised test, which makes a fresh value for each promise:
///
///     @Test(arguments: SessionStoreContract.all)
///     func keeps(_ promise: SessionStoreContract) async throws {
///         let leaseLength = promise.lease.length(short: .milliseconds(600))
///         try await promise.check(StoreUnderTest(store: store, another: other, leaseLength: leaseLength, ...))
///     }
///
/// Promises may run at the same time and may share one server: each uses session ids of its own.
struct StoreUnderTest: Sendable {
    /// Writes the bytes that another program would put where the store keeps a session's history; `nil` seconds to
    /// live: without an expiry.
    typealias ForeignWrite =
        @Sendable (_ session: SessionID, _ history: [UInt8], _ timeToLive: Int?) async throws -> Void

    /// The store, open and empty of the sessions that the suite makes.
    var store: any SessionStore

    /// The same sessions as another worker reaches them; `store` itself where there can be no other worker.
    var another: any SessionStore

    /// How long the store's leases last unless they are renewed: what the promise says by its `lease`. Where that is
    /// `ends`, less than a second, so that a promise can wait for the end of one; 300 ms is about right. It passes by the
    /// machine's clock, whatever `letPass` does.
    var leaseLength: Duration

    /// How many runs wait for the session's lease at this moment.
    var waiting: @Sendable (_ session: SessionID) async throws -> Int

    /// Lets this many seconds pass by the store's clock, and less than half a second more: a manual clock moves, a
    /// server with a clock of its own is waited for. No promise lets more than eight seconds pass.
    var letPass: @Sendable (_ seconds: Int) async throws -> Void

    /// `nil` for a store that no other program can reach: the promises about foreign writes then check nothing.
    var writeAsAnotherProgram: ForeignWrite? = nil

    /// A size in bytes of a history that the store must refuse as too large; `nil` when it has no such size that a
    /// test could reach.
    var refusedSize: Int? = nil

    /// Whether the store tells a worker that has the newest version of a history so; one that does not always sends it.
    var tellsUnchanged = false

    /// Whether expired sessions stay until the store removes them, so that `cleanup` has a number to tell. Redis
    /// removes them itself. Where it is true, no other test may use the same store.
    var holdsExpiredSessions = false
}

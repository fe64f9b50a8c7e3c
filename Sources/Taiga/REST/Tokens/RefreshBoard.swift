import Agent

/// Which refresh tokens are being exchanged, and what those that were exchanged gave. A refresh token works once: all
/// who hold it must share the one exchange, also those that come a little later.
struct RefreshBoard {
    typealias Instant = ContinuousClock.Instant

    /// How an exchange ended.
    enum Outcome: Equatable, Sendable {
        case pair(Credentials)
        /// The token is not accepted, and will not be.
        case rejected
        /// Nobody knows; another attempt may tell. The reason is for the model.
        case unavailable(String)
    }

    enum Decision: Equatable {
        /// The caller makes the exchange and reports its end.
        case exchange
        /// Another caller makes it; the number names the waiter.
        case wait(Int)
        /// It was made before.
        case known(Outcome)
    }

    private var waiting: [TokenHash: [Int]] = [:]
    private var settled = ExpiringCache<TokenHash, Outcome>(limit: 1024, lifetime: .seconds(600))
    private var lastWaiter = 0

    /// What someone has to do who holds `token` and needs another pair.
    mutating func ask(_ token: TokenHash, now: Instant) -> Decision {
        if let outcome = settled.value(of: token, now: now) { return .known(outcome) }
        guard waiting[token] != nil else {
            waiting[token] = []
            return .exchange
        }
        lastWaiter += 1
        waiting[token, default: []].append(lastWaiter)
        return .wait(lastWaiter)
    }

    /// The waiters to be told of `outcome`. One that leaves the matter open is not kept.
    mutating func finished(_ token: TokenHash, _ outcome: Outcome, now: Instant) -> [Int] {
        if case .unavailable = outcome {} else { settled.set(outcome, of: token, now: now) }
        return waiting.removeValue(forKey: token) ?? []
    }
}

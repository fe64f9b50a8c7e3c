import WebClient

/// The course of one call of Taiga's API: what to do after each thing that happens, with tokens that expire, throttles,
/// and connections that break. A request that may have written something is never sent again.
struct APICourse {
    enum Event: Equatable {
        /// `wait`: for how many seconds Taiga asks to stay away.
        case answered(status: Int, wait: Int?)
        case failed(WebError.Code)
        /// There is another token now. `isFresh`: it has only just been made.
        case refreshed(isFresh: Bool)
        /// There will be no other token.
        case refused
        /// It is not known whether there could be another token.
        case refreshFailed(String)
    }

    enum Action: Equatable {
        case send
        case sendAfter(Duration)
        case refresh
        /// The answer is the caller's to read.
        case deliver
        case fail(TaigaError)
    }

    let isWrite: Bool
    private var refreshes = 0
    private var isSpent = false
    private var hasWaited = false
    private var hasRepeated = false

    /// What Taiga may ask for; a longer wait is the model's to decide.
    static let longestWait = 3

    init(isWrite: Bool) { self.isWrite = isWrite }

    /// What to do after `event`; at first, the request is sent.
    mutating func next(_ event: Event) -> Action {
        switch event {
        case .answered(let status, let wait): answered(status, wait)
        case .failed(let code): failed(code)
        case .refreshed(let isFresh):
            refreshed(isFresh)
        case .refused: .fail(Self.unauthorized)
        case .refreshFailed(let reason):
            .fail(TaigaError(.unavailable, "The user's token has expired and could not be renewed: \(reason)."))
        }
    }

    private mutating func refreshed(_ isFresh: Bool) -> Action {
        isSpent = isFresh
        return .send
    }

    private mutating func answered(_ status: Int, _ wait: Int?) -> Action {
        switch status {
        case 401:
            // A token from elsewhere may have expired as well; a fresh one that is refused will not get better.
            guard !isSpent, refreshes < 3 else { return .fail(Self.unauthorized) }
            refreshes += 1
            return .refresh
        case 429:
            guard let wait, wait <= Self.longestWait, !hasWaited else {
                let when = wait.map { "in \($0) seconds" } ?? "later"
                return .fail(
                    TaigaError(
                        .unavailable,
                        "Taiga is throttling this user's requests.\(untouched) Try again \(when).",
                        retryAfter: wait ?? TaigaError.usualWait
                    )
                )
            }
            hasWaited = true
            return .sendAfter(.seconds(max(0, wait)))
        case 502...504 where !isWrite && !hasRepeated:
            hasRepeated = true
            return .send
        case 500...: return .fail(broken("Taiga failed with status \(status)."))
        default: return .deliver
        }
    }

    private mutating func failed(_ code: WebError.Code) -> Action {
        switch code {
        case .cancelled: return .fail(TaigaError(.cancelled, "Cancelled."))
        case .connect, .tls, .invalid:
            return .fail(TaigaError(.unavailable, "Taiga cannot be reached.\(untouched)"))
        case .overloaded:
            return .fail(
                TaigaError(.unavailable, "Too many requests are under way.\(untouched)", retryAfter: 1)
            )
        case .closed where !isWrite && !hasRepeated:
            hasRepeated = true
            return .send
        case .deadline: return .fail(broken("Taiga did not answer in time."))
        case .tooLarge: return .fail(broken("Taiga's answer is too large."))
        default: return .fail(broken("The connection to Taiga broke."))
        }
    }

    /// What a write's error says when Taiga has not acted on it.
    private var untouched: String { isWrite ? " Nothing was done." : "" }

    /// For a request that reached Taiga, or may have.
    func broken(_ reason: String) -> TaigaError { TaigaError(isWrite ? .unknownOutcome : .unavailable, reason) }

    private static let unauthorized = TaigaError(
        .unauthorized,
        "Taiga does not accept the user's token, and it could not be renewed. The user must sign in again."
    )
}

/// The way from a request to its run's end, whatever goes wrong in between: what to do next, and what to tell. Knows no
/// clock, no connection and no JSON.
///
///     post ──▶ read … ──▶ finished                     the answer comes in the stream of the request itself,
///      ▲         │ cut                                 with new tokens, if there are any
///      │         ▼
///      │       follow, read … ──▶ collect ──▶ finished   what is read again has no tokens: they are asked for,
///      └─────────┘ the run is gone, or lost              by the same request under the same key
struct RunCourse: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Input: Sendable {
        /// A stream of events was opened.
        case streaming
        /// An event of it; its id, if it has a place in the run.
        case event(ParleyClient.Event, id: String?)
        /// The run failed, as its last event tells.
        case failed(ParleyError)
        /// The whole answer, at once.
        case answered(ParleyClient.Answer)
        /// There are no events behind those that were told.
        case nothingMore
        /// A problem instead of what was asked for.
        case refused(ParleyError, hasNewerTokens: Bool)
        /// No answer, or a part of one. After how long the stream asked its reader to come back, if it did.
        case broken(ParleyError, retry: Duration?)
        case rested
    }

    enum Next: Sendable, Equatable {
        /// Send the request, under its key.
        case post
        /// Ask for the run's events behind the one of this id, from the first one on for `nil`.
        case follow(run: String, after: String?)
        /// Send the request, under its key, for the answer alone.
        case collect
        /// Wait for more of the stream.
        case read
        case rest(Duration)
        case finish
        case fail(ParleyError)
    }

    struct Step: Sendable, Equatable {
        /// What is to be told now.
        var events: [ParleyClient.Event] = []
        var next: Next
    }

    private enum Place: Sendable {
        case posting, following
        /// The run has finished so; new tokens are asked for, once more if need be.
        case collecting(ParleyClient.Answer, isLast: Bool)
    }

    /// What to do first.
    let first: Next
    /// The run that was told of last.
    private(set) var runID: String?

    /// Whether the request is at hand; a run that is only watched has none.
    private let canPost: Bool
    private let bearsBusySession: Bool
    private var patience: Patience
    private var place: Place
    /// The run whose begin was told last.
    private var begun: String?
    /// The last event of ``runID`` that was told.
    private var lastID: EventID?
    /// Whether an attempt broke off: it may have refreshed the tokens, and what replaced them was lost with it.
    private var hasBroken = false
    /// The run that the open stream tells of.
    private var streamed: String?
    private var afterRest = Next.finish

    /// The course of a request, from its first attempt.
    /// - Parameter bearsBusySession: whether it waits for a session that is busy, or fails.
    init(bearsBusySession: Bool, policy: ParleyClient.RetryPolicy, at now: Instant) {
        self.bearsBusySession = bearsBusySession
        canPost = true
        first = .post
        place = .posting
        patience = Patience(policy, at: now)
    }

    /// The course of a run that is only watched.
    init(watching run: String, policy: ParleyClient.RetryPolicy, at now: Instant) {
        bearsBusySession = true
        canPost = false
        first = .follow(run: run, after: nil)
        place = .following
        runID = run
        patience = Patience(policy, at: now)
    }

    /// - Parameter jitter: as ``Patience/wait(atLeast:at:jitter:)`` takes it.
    mutating func next(_ input: Input, at now: Instant, jitter: Double) -> Step {
        switch input {
        case .streaming:
            streamed = isFollowing ? runID : nil
            return Step(next: .read)
        case .event(let event, let id): return told(event, id: id.map(EventID.init))
        case .failed(let error): return Step(next: failed(error, at: now, jitter))
        case .answered(let answer): return answered(answer)
        case .nothingMore: return Step(next: canPost ? again(.post, after: .streamEnded, at: now, jitter) : .finish)
        case .refused(let error, let hasNewerTokens):
            return refused(error, hasNewerTokens: hasNewerTokens, at: now, jitter)
        case .broken(let error, let retry): return broken(error, retry: retry, at: now, jitter)
        case .rested: return Step(next: afterRest)
        }
    }

    private var isFollowing: Bool { if case .following = place { true } else { false } }

    private mutating func told(_ event: ParleyClient.Event, id: EventID?) -> Step {
        if case .started(let run, _) = event {
            streamed = run
            // The same one again, by a stream that was opened anew.
            if run == begun { return Step(next: .read) }
            if run != runID { lastID = nil }
            begun = run
            runID = run
        }
        if let id, streamed == runID {
            if let lastID, !id.follows(lastID) { return Step(next: .read) }
            lastID = id
        }
        switch event {
        case .started: return Step(events: [event], next: .read)
        case .finished(let answer):
            patience.progressed()
            guard isFollowing, canPost else { return Step(events: [event], next: .finish) }
            place = .collecting(answer, isLast: false)
            return Step(next: .collect)
        default:
            patience.progressed()
            return Step(events: [event], next: .read)
        }
    }

    private func answered(_ answer: ParleyClient.Answer) -> Step {
        let begin = ParleyClient.Event.started(runID: answer.runID, sessionID: answer.sessionID)
        return Step(events: (answer.runID == begun ? [] : [begin]) + [.finished(answer)], next: .finish)
    }

    private mutating func failed(_ error: ParleyError, at now: Instant, _ jitter: Double) -> Next {
        // A run that nobody knows any longer is told so, too.
        let isGone = isFollowing && error.code == .notFound
        guard canPost, isGone || bears(error) else { return .fail(error) }
        return again(.post, after: error, at: now, jitter)
    }

    private mutating func refused(
        _ error: ParleyError,
        hasNewerTokens: Bool,
        at now: Instant,
        _ jitter: Double
    ) -> Step {
        switch place {
        case .collecting(let answer, let isLast):
            return collectAgain(answer, after: error, isLast: isLast || !error.isPassing, at: now, jitter)
        case .following:
            if error.isPassing { return Step(next: again(follow, after: error, at: now, jitter)) }
            // The run is gone, or the token is: the request itself still has its key.
            return Step(next: canPost ? again(.post, after: error, at: now, jitter) : .fail(error))
        case .posting:
            // Tokens that this very run has refreshed are in its answer, which is yet to come.
            let isOwnToken = error.code == .unauthorized && (hasNewerTokens || hasBroken || runID != nil)
            guard isOwnToken || bears(error) else { return Step(next: .fail(error)) }
            return Step(next: again(.post, after: error, at: now, jitter))
        }
    }

    private mutating func broken(_ error: ParleyError, retry: Duration?, at now: Instant, _ jitter: Double) -> Step {
        if case .collecting(let answer, let isLast) = place {
            return collectAgain(answer, after: error, isLast: isLast, at: now, jitter)
        }
        guard error.isPassing else { return Step(next: .fail(error)) }
        hasBroken = true
        let attempt = isFollowing || streamed != nil ? follow : .post
        return Step(next: again(attempt, after: error, atLeast: retry, at: now, jitter))
    }

    /// An answer without the tokens is better than none.
    private mutating func collectAgain(
        _ answer: ParleyClient.Answer,
        after error: ParleyError,
        isLast: Bool,
        at now: Instant,
        _ jitter: Double
    ) -> Step {
        place = .collecting(answer, isLast: true)
        let next = isLast ? .finish : again(.collect, after: error, at: now, jitter)
        if case .rest = next { return Step(next: next) }
        return answered(answer)
    }

    private var follow: Next { runID.map { .follow(run: $0, after: lastID?.text) } ?? .post }

    private func bears(_ error: ParleyError) -> Bool {
        error.isPassing && (bearsBusySession || error.code != .sessionBusy)
    }

    /// Another attempt after a rest, or the end with `error`.
    private mutating func again(
        _ attempt: Next,
        after error: ParleyError,
        atLeast retry: Duration? = nil,
        at now: Instant,
        _ jitter: Double
    ) -> Next {
        guard let rest = patience.wait(atLeast: error.retryAfter ?? retry, at: now, jitter: jitter) else {
            return .fail(error)
        }
        switch attempt {
        case .post:
            place = .posting
            streamed = nil
        case .follow: place = .following
        default: break
        }
        afterRest = attempt
        return .rest(rest)
    }
}

/// The id of an event: `<n>-<m>`, which grows within a run.
struct EventID: Sendable, Equatable {
    let text: String
    private let numbers: [Int]?

    init(_ text: String) {
        self.text = text
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        numbers = parts.contains(nil) ? nil : parts.compactMap { $0 }
    }

    /// Whether the event comes behind `other`. Of ids that are not to be compared, every other one does.
    func follows(_ other: EventID) -> Bool {
        guard let numbers, let others = other.numbers else { return text != other.text }
        return others.lexicographicallyPrecedes(numbers)
    }
}

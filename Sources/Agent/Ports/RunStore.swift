/// Where runs and their events are found from any worker, while they live and for ``RunLife/afterEnd`` after. One contract
/// suite checks each implementation.
///
/// Nothing here is needed for a run to be right: a run goes on when it cannot be recorded.
package protocol RunStore: Sendable {
    /// Makes known how far a run of this worker is. To be repeated at least each ``RunLife/renewal`` while the run lives:
    /// one that was not for ``RunLife/silence`` counts as lost.
    ///
    /// Repeating a record whose outcome is unknown is safe, and so is one that arrives after a later one: events that are
    /// known are not added again, and a run that has ended has ended. The record that tells the end carries ``events`` up to
    /// the last one: who sees the end sees them all. A run that the store has lost is known again, with what is recorded
    /// from now on; one that was forgotten is not.
    ///
    /// - Parameters:
    ///   - events: those behind the ones that were recorded before, in order.
    ///   - first: the oldest event that is to be kept; those before are dropped with the next event that is added.
    /// - Returns: what someone wants of the run; nothing of one that has ended.
    func record(
        _ run: RunRecord,
        events: [NumberedEvent],
        keepingFrom first: Int
    ) async throws(StoreError) -> RunWish

    /// The run; `nil` when there is none, or `caller` may not see it: a principal sees their own, anyone else all.
    func run(_ id: RunID, for caller: Caller) async throws(StoreError) -> RecordedRun?

    /// The events of a run behind the one with this number; see ``EventSource/page(after:)``. ``EventPage/End/ended`` and
    /// ``EventPage/End/lost`` come with the last of them. A page that is the newest makes sure that what is recorded later
    /// is told by ``watching(_:for:_:)``, from this read on for ``EventPage/patience`` and a little longer.
    func events(of id: RunID, after number: Int, for caller: Caller) async throws(StoreError) -> EventPage?

    /// Tells the worker of the run that it is to stop.
    /// - Returns: the run's state before; `nil` when there is no such run, or it is not `caller`'s. One that has ended
    ///   stays as it is.
    func cancel(_ id: RunID, for caller: Caller) async throws(StoreError) -> RunRecord.State?

    /// Drops the run with all its events, for good: it cannot be recorded any more. No error when there is none.
    func forget(_ id: RunID) async throws(StoreError)

    /// Raises the signal when something new is to be known about the run, while `body` runs: a hint, see
    /// ``EventSource/watching(_:)``.
    func watching<Result>(_ id: RunID, for topic: RunTopic, _ body: (Signal) async -> Result) async -> Result
}

/// What may be new about a run.
package enum RunTopic: Sendable, Hashable {
    /// For who runs it: someone wants something of it.
    case wishes
    /// For who reads it: there are more events.
    case events
}

/// What someone wants of a run.
package enum RunWish: Sendable, Equatable {
    case nothing
    case cancel
    /// It was dropped, with its session for example, and is not to be recorded any more.
    case forgotten
}

/// A run as the store knows it.
package struct RecordedRun: Sendable, Equatable {
    package var record: RunRecord
    /// Its last event, once it has ended: `run.finished` or `run.failed`.
    package var lastEvent: EncodedEvent?
    /// Its worker has died.
    package var isLost: Bool

    package init(record: RunRecord, lastEvent: EncodedEvent? = nil, isLost: Bool = false) {
        self.record = record
        self.lastEvent = lastEvent
        self.isLost = isLost
    }
}

/// How long runs are known.
package struct RunLife: Sendable {
    /// How often a run is recorded again at least.
    package static let renewal = Duration.seconds(4)
    /// How long a run that is not streamed lives before it is recorded. Most have ended by then.
    static let unrecorded = Duration.milliseconds(40)

    /// A run that was not recorded for so long has lost its worker.
    package var silence: Duration
    /// How long a lost run can still be seen to be lost.
    package var afterLoss: Duration
    /// How long a run that has ended is known.
    package var afterEnd: Duration

    package init(
        silence: Duration = .seconds(12),
        afterLoss: Duration = .seconds(120),
        afterEnd: Duration = .seconds(300)
    ) {
        self.silence = silence
        self.afterLoss = afterLoss
        self.afterEnd = afterEnd
    }

    /// How long a run is known from its last record on, unless there is another.
    package func keeping(_ state: RunRecord.State) -> Duration { state.isEnd ? afterEnd : silence + afterLoss }

    /// The longest that a run is known from its last record on.
    package var longest: Duration { max(afterEnd, silence + afterLoss) }
}

extension RunStore {
    /// What `look` finds of a run. When that is nothing it looks again a moment later: whoever was told that a run holds the
    /// session may ask for it before it is recorded.
    func lookingTwice<Found>(
        _ look: (Self) async throws(StoreError) -> Found?
    ) async throws(StoreError) -> Found? {
        if let found = try await look(self) { return found }
        try? await Task.sleep(for: RunLife.unrecorded * 2)
        return try await look(self)
    }
}

/// The events of a run of any worker.
package struct StoredEvents: EventSource {
    private let store: any RunStore
    private let run: RunID
    private let caller: Caller

    package init(of run: RunID, in store: any RunStore, for caller: Caller) {
        self.run = run
        self.store = store
        self.caller = caller
    }

    package func page(after number: Int) async throws(StoreError) -> EventPage? {
        try await store.lookingTwice { store throws(StoreError) in
            try await store.events(of: run, after: number, for: caller)
        }
    }

    package func watching<Result>(_ body: (Signal) async -> Result) async -> Result {
        await store.watching(run, for: .events, body)
    }
}

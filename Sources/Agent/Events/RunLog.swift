import Synchronization

/// How far one run of this worker is, and its newest events. Readers look at it as they can; none slows the run.
///
/// A run that nobody streams logs only its end.
package final class RunLog: EventSource {
    private struct State {
        var record: RunRecord
        var ring: EventRing
        /// Whether others were told of the run, or could not be.
        var isAnnounced = false
        /// Whether others were told of the end, or could not be.
        var isSettled = false
        /// Whether the answer was given by an earlier run, or nothing was begun: then there is nothing to tell of this one.
        var isOpen = false
        /// Whether what was told of it is to be taken back.
        var isForgotten = false
        var readers: [ObjectIdentifier: Signal] = [:]
        var keeper: Keeper?

        func page(after number: Int) -> EventPage {
            // A number that never was, as of another run: who shows it does not have the end.
            let number = record.state.isEnd && number > ring.last ? ring.last - 1 : number
            let events = ring.events(after: number)
            let isLast = (events.last?.number ?? number) >= ring.last
            return EventPage(events: events, end: isLast && record.state.isEnd ? .ended : .open)
        }
    }

    /// Told of what is to be made known.
    private struct Keeper {
        var changes: Signal
        var end: Signal
    }

    /// What is to be made known of the run.
    struct Portion: Sendable {
        var record: RunRecord
        var isOpen: Bool
        var isForgotten: Bool
        /// Whether the run has ended; ``record`` tells it with the last event, not before.
        var isEnd: Bool
        /// Whether ``events`` reach to the newest one.
        var isWhole: Bool
        var events: [NumberedEvent]
        var first: Int
    }

    private let state: Mutex<State>
    let codec: any AnswerCodec
    private let date: @Sendable () -> Int
    /// Whether what happens is logged as it happens.
    let isStreamed: Bool

    package init(
        of request: RunRequest,
        isStreamed: Bool,
        codec: any AnswerCodec,
        ring: EventRing = EventRing(),
        date: @escaping @Sendable () -> Int = systemMilliseconds
    ) {
        let record = RunRecord(
            id: request.runID,
            principal: request.principal,
            session: request.session,
            state: .waiting,
            createdAt: date()
        )
        state = Mutex(State(record: record, ring: ring))
        self.codec = codec
        self.date = date
        self.isStreamed = isStreamed
    }

    // MARK: The run

    /// The run waits for the session's lease.
    func waits() { change { $0.isOpen = true } }

    /// The run is admitted: from here on it has events.
    func begins() {
        let now = date()
        let started = isStreamed ? codec.encode(.started(record.id, record.session)) : nil
        change { state in
            state.isOpen = true
            state.record.state = .running
            state.record.startedAt = now
            if let started { state.ring.append(started) }
        }
    }

    func log(_ event: @autoclosure () -> RunEvent) {
        guard isStreamed else { return }
        let encoded = codec.encode(event())
        // Nothing comes behind the end, whoever is late.
        change { if !$0.record.state.isEnd { $0.ring.append(encoded) } }
    }

    func used(_ use: BudgetUse) { state.withLock { $0.record.used = use } }

    /// The run has come to its end.
    func ends(as end: RunRecord.State, with event: RunEvent) {
        let now = date()
        let encoded = codec.encode(event)
        finish { state in
            state.record.state = end
            state.record.endedAt = now
            state.ring.append(encoded)
        }
    }

    /// Nothing is to be known of the run: it was none, or its session was cleared.
    func endsUnseen() {
        finish { state in
            state.record.state = .finished
            state.isForgotten = true
        }
    }

    // MARK: Readers

    package var record: RunRecord { state.withLock { $0.record } }

    /// The run as a store would know it; `nil` when nothing is to be known of it.
    package var recorded: RecordedRun? {
        state.withLock { state in
            guard !state.isForgotten else { return nil }
            return RecordedRun(record: state.record, lastEvent: state.record.state.isEnd ? state.ring.newest : nil)
        }
    }

    package func page(after number: Int) async -> EventPage? {
        state.withLock { $0.isForgotten ? nil : $0.page(after: number) }
    }

    /// The same for whoever asked for the run: they may see it even when nobody else is to know of it.
    package func ownPage(after number: Int) -> EventPage { state.withLock { $0.page(after: number) } }

    package func watching<Result>(_ body: (Signal) async -> Result) async -> Result {
        let signal = Signal()
        let id = ObjectIdentifier(signal)
        state.withLock { $0.readers[id] = signal }
        defer { state.withLock { _ = $0.readers.removeValue(forKey: id) } }
        return await body(signal)
    }

    /// Returns once the run has begun and can be found from any worker, or has ended, or when the task is cancelled.
    package func begun() async {
        await reached { $0.record.state.isEnd || ($0.record.state == .running && $0.isAnnounced) }
    }

    /// Returns once the run has ended, or when the task is cancelled.
    package func ended() async { await reached { $0.record.state.isEnd } }

    /// Returns once the run's end can be found from any worker or could not be made known, or when `time` has passed.
    package func settled(within time: Duration) async { await reached(by: .now + time) { $0.isSettled } }

    private func reached(by deadline: ContinuousClock.Instant? = nil, _ isThere: (borrowing State) -> Bool) async {
        await watching { signal in
            while !Task.isCancelled, !state.withLock({ isThere($0) }), deadline.map({ .now < $0 }) ?? true {
                let look = ContinuousClock.now + EventPage.patience
                await signal.wait(until: deadline.map { min($0, look) } ?? look)
            }
        }
    }

    // MARK: The keeper

    /// Raises `changes` at each change and `end` at the last one, as long as the log lives.
    func watch(changes: Signal, end: Signal) { state.withLock { $0.keeper = Keeper(changes: changes, end: end) } }

    func portion(after number: Int) -> Portion {
        state.withLock { state in
            let events = state.ring.events(after: number)
            var portion = Portion(
                record: state.record,
                isOpen: state.isOpen,
                isForgotten: state.isForgotten,
                isEnd: state.record.state.isEnd,
                isWhole: (events.last?.number ?? number) >= state.ring.last,
                events: events,
                first: state.ring.first
            )
            if portion.isEnd, !portion.isWhole {
                portion.record.state = .running
                portion.record.endedAt = nil
            }
            return portion
        }
    }

    /// Others were told of the run, or could not be.
    func announced() {
        let readers = state.withLock { state in
            defer { state.isAnnounced = true }
            return state.isAnnounced ? [] : Array(state.readers.values)
        }
        for reader in readers { reader.raise() }
    }

    /// There is nothing more to be made known.
    func settles() {
        let readers = state.withLock { state in
            state.isSettled = true
            return Array(state.readers.values)
        }
        for reader in readers { reader.raise() }
    }

    private func finish(_ body: (inout State) -> Void) {
        change(body)
        state.withLock { $0.keeper }?.end.raise()
    }

    private func change(_ body: (inout State) -> Void) {
        let (readers, keeper) = state.withLock { state in
            body(&state)
            return (Array(state.readers.values), state.keeper)
        }
        keeper?.changes.raise()
        for reader in readers { reader.raise() }
    }
}

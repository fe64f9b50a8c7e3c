import Agent

/// One part of the sessions: histories in the table, and a ``SessionControl`` for each session in which something is under
/// way or remembered. What an idle session needs lies before its history.
struct ShardState: ~Copyable {
    var table: ByteStore
    let limits: SessionControl.Limits
    private var controls: [TurnPlace: SessionControl] = [:]
    private var signals: [RunID: Signal] = [:]
    private var answers = AnswerQueue()
    /// What the controls cost, and what they may.
    private var controlBytes = 0
    private let controlCeiling: Int

    /// What a begin adds at the most: a control, a waiter, a key.
    private static let growth = 2048

    /// - Parameter ceiling: bytes that this part may hold; a quarter of it may be controls.
    init(ceiling: Int, limits: SessionControl.Limits) throws(StoreError) {
        table = try ByteStore(ceiling: ceiling)
        self.limits = limits
        controlCeiling = ceiling / 4
    }

    /// Bytes held, everything counted.
    var bytes: Int { table.bytes + controlBytes + answers.bytes }

    /// How many runs wait for a session's lease.
    func waiting(for session: SessionID) -> Int { controls[.session(session)]?.waitingCount ?? 0 }

    /// Lets `body` decide about a place, and sees to what follows from it.
    /// - Parameter toRaise: receives whom the decision concerns; to be raised when the lock is released.
    mutating func update<Result>(
        _ place: TurnPlace,
        now: Int,
        raising toRaise: inout [Signal],
        _ body: (inout SessionControl, inout ByteStore) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let known = controls.removeValue(forKey: place)
        var control = known ?? restored(place, now: now)
        controlBytes -= known?.bytes ?? 0
        defer {
            for run in control.takeSignals() { toRaise += signals.removeValue(forKey: run).map { [$0] } ?? [] }
            if let session = place.session, !control.isActive(now: now) { table.unpin(session) }
            if !control.isIdle(now: now) {
                controlBytes += control.bytes
                controls[place] = control
            }
            // Room was made before; what a clear needs is taken even where there is none.
            try? table.reserve(controlBytes + answers.bytes, now: now)
        }
        return try body(&control, &table)
    }

    /// What is known about a place, to be looked at only.
    mutating func control(of place: TurnPlace, now: Int) -> SessionControl {
        controls[place] ?? restored(place, now: now)
    }

    /// What a list tells of a session; `nil` when it is not there.
    mutating func summary(of session: SessionID, now: Int) -> SessionSummary? {
        let control = controls[.session(session)]
        return table.get(session, now: now) { value, deadline in
            SessionSummary(session, record: value, deadline: deadline, control: control, now: now)
        }
    }

    /// What a list tells of a session whose value lies there.
    func summary(
        of session: SessionID,
        _ value: UnsafeRawBufferPointer,
        deadline: Int,
        now: Int
    ) -> SessionSummary {
        SessionSummary(session, record: value, deadline: deadline, control: controls[.session(session)], now: now)
    }

    /// Forgets the turns of a principal that belong to no session; the principal's sessions in which something is under way
    /// or remembered.
    mutating func forget(_ principal: Principal) -> [SessionID] {
        var sessions: [SessionID] = []
        for (place, control) in controls {
            switch place {
            case .single(principal, _): controlBytes -= controls.removeValue(forKey: place)?.bytes ?? 0
            case .session(let session) where control.concerns(principal): sessions.append(session)
            default: break
            }
        }
        return sessions
    }

    /// The signal by which the run is told to look again.
    mutating func signal(for run: RunID) -> Signal {
        let signal = Signal()
        signals[run] = signal
        return signal
    }

    /// The run looks itself, or has left.
    mutating func silence(_ run: RunID) { signals[run] = nil }

    /// Remembers that an answer was stored, so that it can be given up before younger ones.
    mutating func remember(_ key: String, at place: TurnPlace, now: Int) {
        answers.append(AnswerQueue.Answer(place: place, key: key, until: now + limits.answerLife))
    }

    /// Sees to it that there is room for `size` bytes of answers, or for a begin.
    /// - Throws: `.full` when turns under way take it all.
    mutating func makeRoom(for size: Int = 0, now: Int) throws(StoreError) {
        let needed = size + Self.growth
        while controlBytes + answers.bytes + needed > controlCeiling, let oldest = answers.popFirst() {
            dropAnswer(oldest, now: now)
        }
        if controlBytes + answers.bytes + needed > controlCeiling { dropInactive(now: now) }
        guard controlBytes + answers.bytes + needed <= controlCeiling else {
            throw StoreError(.full, "The turns under way leave no room.")
        }
        try table.reserve(controlBytes + answers.bytes + needed, now: now)
    }

    /// Lets time pass for all controls.
    mutating func tick(now: Int, raising toRaise: inout [Signal]) {
        answers.dropExpired(now: now)
        for place in Array(controls.keys) {
            try? update(place, now: now, raising: &toRaise) { control, _ in control.tick(now: now) }
        }
    }

    private mutating func dropAnswer(_ answer: AnswerQueue.Answer, now: Int) {
        guard var control = controls.removeValue(forKey: answer.place) else { return }
        controlBytes -= control.bytes
        _ = control.dropAnswer(under: answer.key)
        if control.isIdle(now: now) { return }
        controlBytes += control.bytes
        controls[answer.place] = control
    }

    /// A run whose lease has ended finds its commit refused all the same when nothing is known of it.
    private mutating func dropInactive(now: Int) {
        for (place, control) in controls where !control.isActive(now: now) && !control.isOwed {
            controls[place] = nil
            controlBytes -= control.bytes
        }
    }

    private mutating func restored(_ place: TurnPlace, now: Int) -> SessionControl {
        var kept = place.session.flatMap { table.get($0, now: now) { value, _ in SessionRecord(in: value).kept } }
        // Above the fences of leases of which nothing was stored.
        if let fence = kept?.fence { kept?.fence = max(fence, now.multipliedCapped(by: 1000) - 1) }
        return SessionControl(kept ?? SessionControl.Kept(), limits: limits)
    }
}

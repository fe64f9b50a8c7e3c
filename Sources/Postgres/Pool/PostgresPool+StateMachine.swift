extension PostgresPool {
    /// Who gets which connection, and when to make one. Callers are served in the order in which they came; connections
    /// are made while callers wait for more than there are. When there is none and the last attempt to make one has failed,
    /// callers are refused at once until one succeeds, and attempts go on, one at a time. No I/O, no clock.
    struct StateMachine {
        private enum Phase { case idle, running, draining, stopped }

        private let size: Int
        private let maximumWaiters: Int
        private var phase = Phase.idle
        /// The one used last is used next: the others are spare.
        private var idle: [LinkID] = []
        private var lent: Set<LinkID> = []
        private var waiters: [CallerID] = []
        /// Attempts under way, pauses before them included.
        private var attempts = 0
        /// Attempts that have failed since one succeeded.
        private var failures = 0
        /// Whether callers are refused for lack of connections.
        private var isDown = false

        init(size: Int, maximumWaiters: Int) {
            self.size = size
            self.maximumWaiters = maximumWaiters
        }

        /// Whether it takes no new callers, and the last one has gone.
        var isDrained: Bool { (phase == .draining || phase == .stopped) && lent.isEmpty && waiters.isEmpty }

        private var hasLinks: Bool { !idle.isEmpty || !lent.isEmpty }
    }
}

extension PostgresPool.StateMachine {
    typealias LinkID = PostgresPool.LinkID
    typealias CallerID = PostgresPool.CallerID

    /// Attempts to start, each after the pause that belongs to so many failures.
    struct Attempts: Equatable {
        var count = 0
        var failures = 0
    }

    enum AcquireAction: Equatable {
        case lend(LinkID)
        case wait(Attempts)
        /// As many wait as may.
        case refuseOverloaded
        /// There is no connection, and the last attempt to make one failed.
        case refuseUnavailable
        case refuseStopped
    }

    /// What becomes of a connection that is new, or that its user gives back.
    enum LinkAction: Equatable {
        case lend(LinkID, to: CallerID)
        case keep
        case close
    }

    struct FailedAction: Equatable {
        /// They waited for this attempt.
        var fail: [CallerID]
        var attempts: Attempts
    }

    struct StopAction: Equatable {
        var fail: [CallerID] = []
        /// Nobody uses them.
        var close: [LinkID] = []
        /// Somebody does.
        var hangUp: [LinkID] = []
    }

    /// The service begins. One connection is made whether or not anyone waits: the first caller finds it, or the failure.
    mutating func start() -> Attempts {
        guard case .idle = phase else { return Attempts() }
        phase = .running
        return due(atLeast: 1)
    }

    mutating func acquire(_ caller: CallerID) -> AcquireAction {
        switch phase {
        case .draining, .stopped: return .refuseStopped
        case .idle, .running: break
        }
        if let link = idle.popLast() {
            lent.insert(link)
            return .lend(link)
        }
        guard !isDown else { return .refuseUnavailable }
        guard waiters.count < maximumWaiters else { return .refuseOverloaded }
        waiters.append(caller)
        return .wait(due())
    }

    /// A caller does not wait any longer; `false` when it was served already.
    mutating func leave(_ caller: CallerID) -> Bool {
        guard let index = waiters.firstIndex(of: caller) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// An attempt has brought a connection.
    mutating func connected(_ link: LinkID) -> (action: LinkAction, attempts: Attempts) {
        attempts -= 1
        failures = 0
        isDown = false
        return (place(link), due())
    }

    /// An attempt has failed.
    mutating func failed() -> FailedAction {
        attempts -= 1
        failures += 1
        // A server with little room turns some down before it lets others in.
        guard !hasLinks, attempts == 0 else { return FailedAction(fail: [], attempts: due()) }
        isDown = true
        defer { waiters = [] }
        let unserved = waiters
        return FailedAction(fail: unserved, attempts: due(atLeast: 1))
    }

    /// A user gives a connection back, `isReusable` when the next one may have it.
    mutating func released(_ link: LinkID, isReusable: Bool) -> (action: LinkAction, attempts: Attempts) {
        guard lent.remove(link) != nil else { return (.close, Attempts()) }
        return (isReusable ? place(link) : .close, due())
    }

    /// No new callers; those that there are may finish.
    mutating func drain() -> StopAction {
        guard phase == .idle || phase == .running else { return StopAction() }
        phase = .draining
        defer { idle = [] }
        return StopAction(close: idle)
    }

    /// The end, for all.
    mutating func stop() -> StopAction {
        guard phase != .stopped else { return StopAction() }
        phase = .stopped
        defer {
            idle = []
            waiters = []
        }
        return StopAction(fail: waiters, close: idle, hangUp: lent.sorted())
    }

    private mutating func place(_ link: LinkID) -> LinkAction {
        if phase != .stopped, !waiters.isEmpty {
            lent.insert(link)
            return .lend(link, to: waiters.removeFirst())
        }
        guard phase == .running else { return .close }
        idle.append(link)
        return .keep
    }

    /// The attempts to start now; counts them as under way.
    private mutating func due(atLeast least: Int = 0) -> Attempts {
        guard phase == .running || phase == .draining else { return Attempts() }
        let room = size - idle.count - lent.count - attempts
        // Many callers need not find out what one can: after a failure one attempt at a time.
        let wanted = failures == 0 ? max(least, waiters.count) : max(least, waiters.isEmpty ? 0 : 1)
        let count = max(0, min(room, wanted - attempts))
        attempts += count
        return Attempts(count: count, failures: failures)
    }
}

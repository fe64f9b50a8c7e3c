extension SessionControl {
    /// Lengths in milliseconds, and how much there may be of what.
    package struct Limits: Sendable {
        /// How long a lease lasts that is not renewed.
        package var leaseLength = 5000
        /// How long a clear and an ended lease are remembered: longer than any run.
        package var retention = 120_000
        /// How long a retry gets the answer.
        package var answerLife = 86_400_000
        /// Runs that may wait for the lease, and duplicates that may wait for one answer.
        package var waiting = 64
        /// Keys that the session remembers; the oldest answer makes room.
        package var keys = 1024

        package init() {}
    }

    /// What is to be known of a session while no turn is under way.
    package struct Kept: Sendable, Equatable {
        package var owner: String?
        package var fence: Int
        package var committedRun: String?

        package init(owner: String? = nil, fence: Int = 0, committedRun: String? = nil) {
            self.owner = owner
            self.fence = fence
            self.committedRun = committedRun
        }
    }

    /// A run's wish for the next turn.
    package struct Claim: Sendable {
        package var run: RunID
        package var principal: Principal
        package var idempotency: Idempotency?
        package var ifBusy: IfBusy
        /// When to stop waiting.
        package var until: Int

        package init(
            run: RunID,
            principal: Principal,
            idempotency: Idempotency? = nil,
            ifBusy: IfBusy = .wait,
            until: Int
        ) {
            self.run = run
            self.principal = principal
            self.idempotency = idempotency
            self.ifBusy = ifBusy
            self.until = until
        }
    }

    /// What comes of a claim.
    package enum Decision: Sendable, Equatable {
        case granted(fence: Int)
        /// Look again when signalled, or when its time has come.
        case wait(Wait)
        case replayed(answer: [UInt8])
        case busy(RunID)
        case overloaded
        case notFound
        case cleared
        case keyReused
    }

    /// A place in the queue, or behind the run that has the same key.
    package struct Wait: Sendable, Equatable {
        /// When to look again without having been signalled.
        package var until: Int
        /// What shows that the session was cleared meanwhile.
        package var epoch: Int
    }

    /// What comes of a renewal.
    package enum Renewal: Sendable, Equatable {
        case held(until: Int)
        case ended(LeaseEnd)
    }

    /// What a commit meets.
    package enum CommitGate: Sendable, Equatable {
        case open
        /// The run's outcome is stored already.
        case committed
        case cleared
        case superseded
    }

    /// The run that has the session, or had it last.
    struct Holder: Sendable {
        var run: RunID
        var fence: Int
        var principal: String
        var end: Int
        var isInterrupted = false
    }

    /// What was done and not committed.
    struct Journal: Sendable {
        var entries: [[UInt8]] = []
        /// How many entries lie elsewhere, before those here.
        var elsewhere = 0
        var owner: String?
        /// What the entries cost, estimated from above.
        var bytes = 0
        var end = Int.min

        var isEmpty: Bool { entries.isEmpty && elsewhere == 0 }
    }

    /// A run in the queue.
    struct Waiter: Sendable {
        var run: RunID
        /// When it is held for dead if it has not looked again.
        var deadAt: Int
    }
}

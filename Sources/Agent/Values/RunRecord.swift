/// What is known of a run while it lives, and for a while after.
package struct RunRecord: Sendable, Equatable {
    package enum State: String, Sendable {
        /// For the session's lease.
        case waiting
        case running, finished, failed, cancelled

        package var isEnd: Bool {
            switch self {
            case .waiting, .running: false
            case .finished, .failed, .cancelled: true
            }
        }
    }

    package var id: RunID
    /// Who asked for it.
    package var principal: Principal
    package var session: SessionID?
    package var state: State
    /// When it was asked for, and when it got the lease; whole milliseconds since 1970, UTC.
    package var createdAt: Int
    package var startedAt: Int?
    package var endedAt: Int?
    package var used: BudgetUse

    package init(
        id: RunID,
        principal: Principal,
        session: SessionID?,
        state: State,
        createdAt: Int,
        startedAt: Int? = nil,
        endedAt: Int? = nil,
        used: BudgetUse = BudgetUse()
    ) {
        self.id = id
        self.principal = principal
        self.session = session
        self.state = state
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.used = used
    }
}

/// What a run has spent of its ``Budgets``.
package struct BudgetUse: Sendable, Equatable {
    /// Model calls that were completed.
    package var steps: Int
    package var toolCalls: Int
    package var writeCalls: Int

    package init(steps: Int = 0, toolCalls: Int = 0, writeCalls: Int = 0) {
        self.steps = steps
        self.toolCalls = toolCalls
        self.writeCalls = writeCalls
    }
}

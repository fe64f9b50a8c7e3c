extension PostgresLink {
    /// What is under way on one connection, and what the end of it means: to the caller, and to the next one, who must
    /// never get what this one left behind. Only a statement whose results have all come leaves the connection usable.
    /// No I/O, no clock.
    ///
    ///     idle ── begin ──▶ busy ── ended ──▶ idle
    ///                        └─ ended fatally, interrupted ──▶ broken
    struct StateMachine {
        /// What the statement's failing leaves open.
        enum Stake: Equatable, Sendable {
            /// A transaction of its own, or the COMMIT of one: it may have happened.
            case outcome
            /// Part of a transaction, which is undone with its connection, or what changes nothing.
            case nothing
        }

        private enum State {
            case idle
            case busy(Stake, failure: ServerFailure?)
            case broken
        }

        private var state = State.idle

        /// Whether a statement may be sent.
        var isIdle: Bool { if case .idle = state { true } else { false } }
        var isBroken: Bool { if case .broken = state { true } else { false } }
    }
}

extension PostgresLink.StateMachine {
    enum BeginAction: Equatable {
        case send
        /// Another statement is under way.
        case refuseBusy
        /// The connection has ended.
        case refuseBroken
    }

    enum ResultAction: Equatable {
        /// It is what the statement brings, unless a later result fails.
        case keep
        case drop
        /// Not what can be waited for to its end: close.
        case close
    }

    enum EndAction: Equatable {
        case deliver
        case fail(ServerFailure, outcomeUnknown: Bool)
    }

    /// A statement is to be sent.
    mutating func begin(_ stake: Stake) -> BeginAction {
        switch state {
        case .idle:
            state = .busy(stake, failure: nil)
            return .send
        case .busy: return .refuseBusy
        case .broken: return .refuseBroken
        }
    }

    /// One of the statement's results has come.
    mutating func resultArrived(_ kind: ResultSet.Kind) -> ResultAction {
        guard case .busy(let stake, let earlier) = state else { return .drop }
        switch kind {
        case .rows, .done: return earlier == nil ? .keep : .drop
        case .foreign: return .close
        case .failure(let failure):
            // The first one is the reason, a later one at most ends the connection, and that is what counts for the outcome.
            var reason = earlier ?? failure
            reason.isFatal = reason.isFatal || failure.isFatal
            state = .busy(stake, failure: reason)
            return .drop
        }
    }

    /// All of the statement's results have come.
    mutating func ended() -> EndAction {
        guard case .busy(let stake, let failure) = state else { return .deliver }
        guard let failure else {
            state = .idle
            return .deliver
        }
        // A server that goes down may have said so after the work was done.
        state = failure.isFatal ? .broken : .idle
        return .fail(failure, outcomeUnknown: failure.isFatal && stake == .outcome)
    }

    /// The connection was lost, or the caller does not wait any longer: close. Whether the outcome is unknown.
    mutating func interrupted() -> Bool {
        defer { state = .broken }
        if case .busy(let stake, _) = state { return stake == .outcome }
        return false
    }
}

extension ConnectionDrain {
    /// Decides when a connection of a worker that drains may close.
    struct StateMachine {
        enum Action: Equatable {
            case none
            /// Give the request that may be on its way some time.
            case wait
            /// Tell the handlers behind that the connection is to close once it has nothing to do.
            case passOn
        }

        private var requestsInProgress = 0
        private var isQuiescing = false
        private var isPassedOn = false

        /// The worker drains.
        mutating func quiesce() -> Action {
            guard !isQuiescing else { return .none }
            isQuiescing = true
            return requestsInProgress > 0 ? passOn() : .wait
        }

        /// A request's head was handed on.
        mutating func requestBegan() -> Action {
            requestsInProgress += 1
            return isQuiescing ? passOn() : .none
        }

        mutating func responseEnded() { requestsInProgress -= 1 }

        /// No request came in time.
        mutating func patienceEnded() -> Action { passOn() }

        private mutating func passOn() -> Action {
            guard !isPassedOn else { return .none }
            isPassedOn = true
            return .passOn
        }
    }
}

extension ListenerDrain {
    /// Decides when a listener that is to close may do so.
    struct StateMachine {
        enum Action: Equatable {
            case none
            /// Take no new handshakes, and give those that have begun a moment.
            case refuseHandshakes
            /// Find out how many connections wait to be accepted.
            case look
            /// Wait until connections that were accepted are handed over.
            case handOver
            case close
        }

        private enum State: Equatable {
            case open
            case awaitingHandshakes
            case emptying
            case handingOver(isQuiet: Bool)
            case closed
        }

        private var state = State.open

        mutating func closeAsked() -> Action {
            if state == .closed { return .close }
            guard state == .open else { return .none }
            state = .awaitingHandshakes
            return .refuseHandshakes
        }

        mutating func handshakesOver() -> Action {
            guard state == .awaitingHandshakes else { return .none }
            state = .emptying
            return .look
        }

        mutating func accepted() {
            if case .handingOver = state { state = .handingOver(isQuiet: false) }
        }

        /// A round of accepting is over.
        mutating func acceptsDone() -> Action { state == .emptying ? .look : .none }

        mutating func handedOver() -> Action {
            if case .handingOver = state { .look } else { .none }
        }

        /// - Parameter waiting: connections that the kernel has completed and nobody has accepted.
        mutating func looked(waiting: Int) -> Action {
            switch state {
            case .open, .awaitingHandshakes, .closed: return .none
            // The round that accepts them looks again.
            case _ where waiting > 0:
                state = .emptying
                return .none
            case .handingOver(isQuiet: true):
                state = .closed
                return .close
            case .emptying, .handingOver:
                state = .handingOver(isQuiet: true)
                return .handOver
            }
        }

        mutating func timeIsUp() -> Action {
            guard state != .closed else { return .none }
            state = .closed
            return .close
        }
    }
}

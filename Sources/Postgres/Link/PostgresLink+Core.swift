extension PostgresLink {
    /// The connection and what is decided about it, behind the link's lock: one step at a time, none of which waits.
    struct Core: ~Copyable {
        /// `nil` once closed.
        var wire: Wire?
        var machine = StateMachine()
        var texts = PreparedTexts()

        init(_ wire: consuming Wire) { self.wire = consume wire }
    }

    enum Step: Sendable {
        case wait(SocketWatch.Interest)
        case delivered(PostgresRows)
        case failed(PostgresError)
    }
}

extension PostgresLink.Core {
    /// Sends a statement; what keeps it from being sent.
    mutating func begin(
        _ stake: PostgresLink.StateMachine.Stake,
        _ send: (borrowing Wire) -> Bool
    ) -> PostgresError? {
        switch machine.begin(stake) {
        case .refuseBusy: return PostgresError(.misuse, "another statement is under way on this connection")
        case .refuseBroken: return PostgresError(.connectionClosed, "the connection has ended")
        case .send: break
        }
        let isSent =
            switch wire {
            case .some(let wire): send(wire)
            case .none: false
            }
        return isSent ? nil : interrupt(.connectionClosed, "the statement cannot be sent")
    }

    /// Goes as far as the socket lets it. `last` is the statement's last result so far.
    mutating func advance(_ last: inout ResultSet?) -> PostgresLink.Step {
        let step =
            switch wire {
            case .some(let wire): wire.advance(&machine, &last)
            case .none: PostgresLink.Step.failed(machine.interrupted(.connectionClosed, "the connection has ended"))
            }
        if machine.isBroken { wire = nil }
        return step
    }

    /// Closes the connection; the error for whoever was using it.
    mutating func interrupt(_ code: PostgresError.Code, _ message: String) -> PostgresError {
        wire = nil
        return machine.interrupted(code, message)
    }
}

extension Wire {
    fileprivate func advance(
        _ machine: inout PostgresLink.StateMachine,
        _ last: inout ResultSet?
    ) -> PostgresLink.Step {
        let isUnsent = flush()
        let isReceived = receive()
        while true {
            switch next() {
            case .missing:
                guard let isUnsent, isReceived else {
                    return .failed(machine.interrupted(.connectionClosed, "the connection ended before the statement"))
                }
                return .wait(SocketWatch.Interest(socket: socket, writing: isUnsent))
            case .result(let result):
                switch machine.resultArrived(result.kind) {
                case .keep: last = result
                case .drop: break
                case .close:
                    return .failed(machine.interrupted(.unexpectedResult, "no statement for here, such as COPY"))
                }
            case .end:
                switch machine.ended() {
                case .fail(let failure, let outcomeUnknown):
                    return .failed(PostgresError(failure, outcomeUnknown: outcomeUnknown))
                case .deliver:
                    guard let last else { return .failed(PostgresError(.unexpectedResult, "no result at all")) }
                    return .delivered(PostgresRows(result: last))
                }
            }
        }
    }
}

extension PostgresLink.StateMachine {
    /// The error for a caller whose statement was interrupted.
    fileprivate mutating func interrupted(_ code: PostgresError.Code, _ message: String) -> PostgresError {
        PostgresError(code, message, outcomeUnknown: interrupted())
    }
}

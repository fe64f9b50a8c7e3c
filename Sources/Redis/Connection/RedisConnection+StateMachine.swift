import NIOCore

/// The name of one command within a client, in the order in which commands were given out.
typealias RedisCommandID = UInt64

extension RedisConnection {
    /// Who gets the next reply of one connection. Redis answers in the order in which it was asked, so each command
    /// has a slot in a queue, and a slot goes only with its reply: a command whose caller has left keeps it, and a
    /// connection on which a reply is missing or superfluous is closed. Otherwise one caller's reply would reach
    /// another, with no error. No I/O, no clock.
    ///
    ///     connecting ── opened ──▶ greeting ── replies ──▶ up ── failed, timed out ──▶ closed
    ///         └───────────────────────┴────────── failed ──────────────────────────────▶
    struct StateMachine {
        private enum State {
            case connecting
            case greeting(CircularBuffer<RedisGreeting>)
            case up
            case closed
        }

        private struct Slot {
            var id: RedisCommandID
            var deadline: NIODeadline
        }

        private var state = State.connecting
        private var slots = CircularBuffer<Slot>()
        /// The slots whose caller still waits.
        private var wanted: Set<RedisCommandID> = []

        /// Whether commands may be sent.
        var isUp: Bool { if case .up = state { true } else { false } }

        /// How many replies are due.
        var inFlight: Int { slots.count }

        /// The command that gets the next reply.
        var oldest: RedisCommandID? { slots.first?.id }

        /// When the oldest command in flight times out.
        var nextDeadline: NIODeadline? { slots.first?.deadline }
    }
}

extension RedisConnection.StateMachine {
    enum SendAction: Equatable { case write, refuse }

    enum ReplyAction: Equatable {
        /// A greeting was answered; more are due.
        case none
        /// The last greeting was answered: the connection takes commands.
        case up
        case deliver(RedisCommandID)
        /// The caller has left.
        case drop(RedisCommandID)
        /// The server refuses us: close.
        case refused(RedisGreeting)
        /// Nothing was asked: close.
        case unexpected
    }

    /// What is left undone when a connection ends; `nil` when it had ended before.
    struct CloseAction: Equatable {
        /// Whether it ever took commands.
        var wasUp: Bool
        /// The commands without a reply, in their order.
        var undone: [RedisCommandID]
    }

    /// The transport is there, `greetings` were written.
    mutating func opened(_ greetings: [RedisGreeting]) {
        guard case .connecting = state else { return }
        state = .greeting(CircularBuffer(greetings))
    }

    /// A command is to be written.
    mutating func send(_ id: RedisCommandID, deadline: NIODeadline) -> SendAction {
        guard case .up = state else { return .refuse }
        slots.append(Slot(id: id, deadline: deadline))
        wanted.insert(id)
        return .write
    }

    /// A whole reply has come; `isError` when it is an error as a whole.
    mutating func replyArrived(isError: Bool) -> ReplyAction {
        switch state {
        case .greeting(var due):
            guard let greeting = due.popFirst() else { return .unexpected }
            if isError, greeting.mustSucceed { return .refused(greeting) }
            state = due.isEmpty ? .up : .greeting(due)
            return due.isEmpty ? .up : .none
        case .up:
            guard let slot = slots.popFirst() else { return .unexpected }
            return wanted.remove(slot.id) != nil ? .deliver(slot.id) : .drop(slot.id)
        case .connecting: return .unexpected
        // Bytes that were read before the connection was closed belong to nobody any more.
        case .closed: return .none
        }
    }

    /// The caller has left. Its slot stays until the reply has come.
    mutating func cancelled(_ id: RedisCommandID) { wanted.remove(id) }

    /// Whether the oldest command has waited too long: then the connection must be closed, because no reply that comes
    /// later can be told from the next one. A caller that has left does not change that: the server still owes a reply.
    func hasTimedOut(now: NIODeadline) -> Bool {
        nextDeadline.map { $0 <= now } ?? false
    }

    /// The commands that were due at `now`; those behind them merely lose their connection.
    func overdue(now: NIODeadline) -> Set<RedisCommandID> {
        Set(slots.lazy.filter { $0.deadline <= now }.map(\.id))
    }

    /// The transport is gone or must go.
    mutating func closed() -> CloseAction? {
        let wasUp: Bool
        switch state {
        case .closed: return nil
        case .up: wasUp = true
        case .connecting, .greeting: wasUp = false
        }
        defer {
            state = .closed
            slots = []
            wanted = []
        }
        return CloseAction(wasUp: wasUp, undone: slots.map(\.id))
    }
}

import NIOCore

extension RedisSubscriber {
    /// What the bytes on a subscribing connection mean, and whether the peer is alive. No I/O, no clock: `tick` comes
    /// when a time-out has passed since the last one.
    ///
    ///     greeting ── replies ──▶ subscribing ── confirmed ──▶ subscribed
    struct StateMachine {
        private enum State {
            case greeting(CircularBuffer<RedisGreeting>)
            case subscribing
            case subscribed
        }

        private var state: State
        private var hasHeard = true
        private var isAsked = false

        /// `greetings` were written, and SUBSCRIBE behind them.
        init(greetings: [RedisGreeting]) {
            state = greetings.isEmpty ? .subscribing : .greeting(CircularBuffer(greetings))
        }

        /// Whether messages arrive.
        var isSubscribed: Bool { if case .subscribed = state { true } else { false } }
    }
}

extension RedisSubscriber.StateMachine {
    enum ReplyAction: Equatable {
        case none
        /// The subscription stands.
        case subscribed
        case deliver([UInt8])
        /// The server refuses us: close.
        case refused
        /// Not what a subscriber is told: close.
        case unexpected
    }

    enum TickAction: Equatable {
        case none
        /// Ask the peer for a sign of life.
        case ping
        /// It was asked and gave none: close.
        case giveUp
    }

    /// A whole reply has come.
    /// Source: https://redis.io/docs/latest/develop/pubsub/ ("Format of pushed messages")
    mutating func replyArrived(_ reply: RedisReply) -> ReplyAction {
        hasHeard = true
        isAsked = false
        let isError = if case .error = reply { true } else { false }
        switch state {
        case .greeting(var due):
            guard let greeting = due.popFirst() else { return .unexpected }
            if isError, greeting.mustSucceed { return .refused }
            state = due.isEmpty ? .subscribing : .greeting(due)
            return .none
        case .subscribing:
            if isError { return .refused }
            guard kind(of: reply) == "subscribe" else { return .unexpected }
            state = .subscribed
            return .subscribed
        case .subscribed:
            switch kind(of: reply) {
            case "message":
                guard case .array(let parts) = reply, parts.count == 3, case .bulk(let message) = parts[2] else {
                    return .unexpected
                }
                return .deliver(message)
            case "pong": return .none
            default: return isError ? .refused : .unexpected
            }
        }
    }

    /// A time-out has passed.
    mutating func tick() -> TickAction {
        guard isSubscribed else { return .none }
        if isAsked { return .giveUp }
        defer { hasHeard = false }
        guard !hasHeard else { return .none }
        isAsked = true
        return .ping
    }

    private func kind(of reply: RedisReply) -> String? {
        guard case .array(let parts) = reply, case .bulk(let name)? = parts.first else { return nil }
        return String(decoding: name, as: UTF8.self)
    }
}

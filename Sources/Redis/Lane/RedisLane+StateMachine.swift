import NIOCore

extension RedisLane {
    /// Whether there is a connection, when the next attempt to make one is due, and what to do with commands meanwhile:
    /// the first attempt, and the first one after a loss, are waited for; once an attempt has failed, commands are
    /// refused at once until one succeeds. No I/O, no clock.
    ///
    ///     idle ── start ──▶ connecting ── up ──▶ up
    ///                        ▲      └─ failed ─┐  │ lost
    ///                        └── retry ── pausing ◀┘          stop: any ──▶ stopped
    struct StateMachine {
        private enum State { case idle, connecting, up, pausing, stopped }

        private struct Held {
            var id: RedisCommandID
            var deadline: NIODeadline
        }

        private var state = State.idle
        private var failures = 0
        private var held = CircularBuffer<Held>()

        /// When the oldest command that waits for a connection times out.
        var nextDeadline: NIODeadline? { held.first?.deadline }
    }
}

extension RedisLane.StateMachine {
    enum ConnectAction: Equatable { case connect, none }

    enum SendAction: Equatable {
        case write
        /// Keep the command until `up` gives it back.
        case hold
        /// The last attempt to connect failed, or the lane has stopped.
        case refuse
    }

    enum DownAction: Equatable {
        /// Start the next attempt after the pause that belongs to so many failures; these held commands fail.
        case retry(failures: Int, fail: [RedisCommandID])
        case none
    }

    /// The service begins.
    mutating func start() -> ConnectAction {
        guard case .idle = state else { return .none }
        state = .connecting
        return .connect
    }

    mutating func send(_ id: RedisCommandID, deadline: NIODeadline) -> SendAction {
        switch state {
        case .up: return .write
        case .stopped: return .refuse
        case .idle, .connecting, .pausing:
            guard failures == 0 else { return .refuse }
            held.append(Held(id: id, deadline: deadline))
            return .hold
        }
    }

    /// The connection takes commands: those that were held, to be written in this order.
    mutating func up() -> [RedisCommandID] {
        guard case .connecting = state else { return [] }
        state = .up
        failures = 0
        return releaseAll()
    }

    /// The connection is gone, or the attempt to make one has failed.
    mutating func down() -> DownAction {
        switch state {
        case .up:
            state = .pausing
            return .retry(failures: 1, fail: [])
        case .connecting:
            state = .pausing
            failures += 1
            return .retry(failures: failures, fail: releaseAll())
        case .idle, .pausing, .stopped: return .none
        }
    }

    /// The pause is over.
    mutating func retry() -> ConnectAction {
        guard case .pausing = state else { return .none }
        state = .connecting
        return .connect
    }

    /// The held commands whose time is up.
    mutating func expired(now: NIODeadline) -> [RedisCommandID] {
        var expired: [RedisCommandID] = []
        while let first = held.first, first.deadline <= now { expired.append(held.removeFirst().id) }
        return expired
    }

    /// No command and no attempt any more; the held commands fail.
    mutating func stop() -> [RedisCommandID] {
        state = .stopped
        return releaseAll()
    }

    private mutating func releaseAll() -> [RedisCommandID] {
        defer { held = [] }
        return held.map(\.id)
    }
}

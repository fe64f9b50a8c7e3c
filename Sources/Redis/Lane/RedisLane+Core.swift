import Logging
import NIOCore
import NIOSSL
import Synchronization

extension RedisLane {
    /// The lane's part on the event loop: carries out what the state machine decides, keeps who waits for what.
    final class Core {
        private struct Pending {
            /// `nil` once the caller has left: the entry then only counts against the bounds.
            var caller: CheckedContinuation<Result<RedisReply, RedisError>, Never>?
            var size: Int
            var deadline: NIODeadline
            /// Until the command is written.
            var bytes: ByteBuffer?
        }

        let configuration: RedisConfiguration
        let tls: NIOSSLContext?
        let eventLoop: any EventLoop
        private let desk: Desk
        private let logger: Logger
        private var machine = StateMachine()
        private var connection: RedisConnection?
        private var pending: [RedisCommandID: Pending] = [:]
        private var lastFailure = RedisError(.unavailable, "not connected")
        private var isTimerSet = false
        private var stopped: EventLoopPromise<Void>?
        private var isStopped = false

        init(
            _ configuration: RedisConfiguration,
            tls: NIOSSLContext?,
            eventLoop: any EventLoop,
            desk: Desk,
            logger: Logger
        ) {
            self.configuration = configuration
            self.tls = tls
            self.eventLoop = eventLoop
            self.desk = desk
            self.logger = logger
        }

        func start() { if machine.start() == .connect { connect() } }

        /// Sees to all that was left in the inbox, then sends it in one write.
        func emptyInbox() {
            let entries = desk.inbox.withLock { inbox in
                defer { inbox.entries = [] }
                inbox.isEmptyingScheduled = false
                return inbox.entries
            }
            for entry in entries {
                switch entry {
                case .send(let submission): send(submission)
                case .cancel(let id): cancel(id)
                }
            }
            connection?.flush()
        }

        /// Done when no command is under way any more and the connection is on its way down.
        func stop(gracefully: Bool) -> EventLoopFuture<Void> {
            if let stopped { return stopped.futureResult }
            let promise = eventLoop.makePromise(of: Void.self)
            stopped = promise
            if gracefully, !pending.isEmpty {
                let patience = TimeAmount.milliseconds(Int64(configuration.commandTimeoutMilliseconds))
                eventLoop.assumeIsolated().scheduleTask(in: patience) { self.stopNow() }
            } else {
                stopNow()
            }
            return promise.futureResult
        }

        private func stopNow() {
            guard !isStopped else { return }
            isStopped = true
            let reason = RedisError(.unavailable, "the client has stopped")
            lastFailure = reason
            let held = machine.stop()
            connection?.close(because: reason)
            connection = nil
            desk.isUp.store(false, ordering: .relaxed)
            for id in held { finish(id, .failure(reason)) }
            stopped?.succeed()
        }

        // MARK: Commands

        private func send(_ command: Submission) {
            let size = command.bytes.readableBytes
            pending[command.id] = Pending(caller: command.caller, size: size, deadline: command.deadline)
            switch machine.send(command.id, deadline: command.deadline) {
            case .write: connection?.send(command.id, command.bytes, deadline: command.deadline)
            case .hold:
                pending[command.id]?.bytes = command.bytes
                setTimer()
            case .refuse: finish(command.id, .failure(lastFailure))
            }
        }

        private func cancel(_ id: RedisCommandID) {
            guard let caller = pending[id]?.caller else { return }
            pending[id]?.caller = nil
            // What is in flight keeps its slot; what is held is left out when its turn to be written comes.
            connection?.cancel(id)
            caller.resume(returning: .failure(RedisError(.cancelled, "the calling task was cancelled")))
        }

        /// The command's place is free again; its caller, if there still is one, gets `result`.
        private func finish(_ id: RedisCommandID, _ result: Result<RedisReply, RedisError>) {
            guard let command = pending.removeValue(forKey: id) else { return }
            desk.inbox.withLock { inbox in
                inbox.commands -= 1
                inbox.bytes -= command.size
            }
            command.caller?.resume(returning: result)
            if stopped != nil, pending.isEmpty { stopNow() }
        }

        private func setTimer() {
            guard !isTimerSet, let deadline = machine.nextDeadline else { return }
            isTimerSet = true
            eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.timerFired() }
        }

        private func timerFired() {
            isTimerSet = false
            for id in machine.expired(now: eventLoop.now) {
                finish(id, .failure(RedisError(.timeout, "no connection within the command time-out")))
            }
            setTimer()
        }

        // MARK: The connection

        private func connect() {
            do throws(RedisError) {
                let connection = try RedisConnection(configuration, on: eventLoop, delegate: self)
                self.connection = connection
                open(connection)
            } catch {
                attemptFailed(error)
            }
        }

        private func attemptFailed(_ reason: RedisError) {
            lastFailure = RedisError(.unavailable, "cannot reach Redis: \(reason.message)", underlying: reason)
            guard case .retry(let failures, let held) = machine.down() else { return }
            // One line for an outage, not one for each attempt.
            logger.log(
                level: failures == 1 ? .warning : .debug,
                "No connection to Redis",
                metadata: ["error": "\(reason)"]
            )
            for id in held { finish(id, .failure(lastFailure)) }
            connect(after: failures)
        }

        private func connect(after failures: Int) {
            let pause = configuration.backoff.milliseconds(failures: failures, jitter: .random(in: 0..<1))
            eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(pause))) { [weak self] in
                if let self, machine.retry() == .connect { connect() }
            }
        }
    }
}

extension RedisLane.Core: RedisConnectionDelegate {
    func connectionIsUp() {
        desk.isUp.store(true, ordering: .relaxed)
        logger.debug("Connected to Redis")
        for id in machine.up() {
            guard let command = pending[id], command.caller != nil, let bytes = command.bytes else {
                finish(id, .failure(RedisError(.cancelled, "the caller has left")))
                continue
            }
            pending[id]?.bytes = nil
            connection?.send(id, bytes, deadline: command.deadline)
        }
        connection?.flush()
    }

    func connectionDelivered(_ id: RedisCommandID, _ reply: RedisReply) { finish(id, .success(reply)) }

    func connectionDropped(_ id: RedisCommandID) {
        finish(id, .failure(RedisError(.cancelled, "the caller has left")))
    }

    func connectionClosed(
        _ action: RedisConnection.StateMachine.CloseAction,
        _ error: (RedisCommandID?) -> RedisError
    ) {
        connection = nil
        desk.isUp.store(false, ordering: .relaxed)
        if action.wasUp {
            if case .retry(let failures, _) = machine.down() {
                logger.warning("Lost the connection to Redis", metadata: ["error": "\(error(nil))"])
                connect(after: failures)
            }
        } else {
            attemptFailed(error(nil))
        }
        for id in action.undone { finish(id, .failure(error(id))) }
    }
}

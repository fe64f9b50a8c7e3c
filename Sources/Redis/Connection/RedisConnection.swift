import NIOCore

/// What happens on a connection, told on its event loop. After `connectionClosed` nothing follows.
protocol RedisConnectionDelegate: AnyObject {
    /// Logged in; commands may be sent.
    func connectionIsUp()
    /// The reply of a command whose caller still waits.
    func connectionDelivered(_ id: RedisCommandID, _ reply: RedisReply)
    /// The slot of a command whose caller has left is free again.
    func connectionDropped(_ id: RedisCommandID)
    /// The connection has ended or never came up; `error` tells why a command has no reply.
    func connectionClosed(_ action: RedisConnection.StateMachine.CloseAction, _ error: (RedisCommandID?) -> RedisError)
}

/// One connection, last in the pipeline of a channel that is connected: carries out what its state machine decides.
/// Belongs to its event loop and must only be touched there.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private let reader: RedisReplyReader
    private weak var delegate: (any RedisConnectionDelegate)?
    private var machine = StateMachine()
    private var context: ChannelHandlerContext?
    private var isTimerSet = false

    init(_ configuration: RedisConfiguration, on eventLoop: any EventLoop, delegate: any RedisConnectionDelegate)
        throws(RedisError)
    {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.delegate = delegate
        reader = try RedisReplyReader(replyLimit: configuration.maximumReplyBytes)
    }

    /// Writes a command; `flush` sends it on its way. Only while the connection is up.
    func send(_ id: RedisCommandID, _ bytes: ByteBuffer, deadline: NIODeadline) {
        guard let context, case .write = machine.send(id, deadline: deadline) else { return }
        context.write(wrapOutboundOut(bytes), promise: nil)
        setTimer()
    }

    func flush() { context?.flush() }

    /// The command's caller has left: its reply, when it comes, is dropped.
    func cancel(_ id: RedisCommandID) { machine.cancelled(id) }

    /// Ends the connection, or the attempt to make one; `error` tells each command without a reply why.
    func close(_ error: (RedisCommandID?) -> RedisError) {
        guard let action = machine.closed() else { return }
        let delegate = delegate
        self.delegate = nil
        context?.close(promise: nil)
        delegate?.connectionClosed(action, error)
    }

    /// Ends the connection for one reason; commands in flight learn that they lost it.
    func close(because reason: RedisError) {
        close { id in
            id == nil
                ? reason : RedisError(.connectionClosed, "the connection ended before the reply", underlying: reason)
        }
    }

    /// The time for connecting and logging in is over.
    func giveUpUnlessUp() {
        guard !machine.isUp else { return }
        close(because: RedisError(.timeout, "not connected and logged in within the connect time-out"))
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        greet(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        close(because: RedisError(.connectionClosed, "the server closed the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(because: RedisError(.connectionClosed, "the connection failed", underlying: error))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisError) {
            try reader.feed(unwrapInboundIn(data))
            while let reply = try reader.next() { handle(reply) }
        } catch {
            closeAfterBadReply(error)
        }
    }

    private func greet(_ context: ChannelHandlerContext) {
        // The attempt may have been given up before the transport was there.
        guard delegate != nil else { return context.close(promise: nil) }
        let greetings = configuration.greetings
        machine.opened(greetings.map(\.0))
        do throws(RedisError) {
            for (_, command) in greetings {
                context.write(
                    wrapOutboundOut(try command.encoded(limit: configuration.maximumCommandBytes)),
                    promise: nil
                )
            }
            context.flush()
        } catch {
            close(because: error)
        }
    }

    private func handle(_ reply: RedisReply) {
        let failure: RedisError? = if case .error(let text) = reply { RedisError(reply: text) } else { nil }
        switch machine.replyArrived(isError: failure != nil) {
        case .none: break
        case .up: delegate?.connectionIsUp()
        case .deliver(let id): delegate?.connectionDelivered(id, reply)
        case .drop(let id): delegate?.connectionDropped(id)
        case .refused(let greeting):
            let code = failure?.code ?? .protocolViolation
            close(because: RedisError(code, "the server refuses us at \(greeting)", underlying: failure))
        case .unexpected:
            // Whose earlier reply it makes doubtful nobody knows; a server's farewell comes this way, too.
            close(because: failure ?? RedisError(.protocolViolation, "a reply that nobody asked for"))
        }
    }

    /// The command whose reply it was learns what was wrong, the ones behind it that they lost the connection.
    private func closeAfterBadReply(_ reason: RedisError) {
        let culprit = machine.oldest
        close { id in
            id == nil || id == culprit
                ? reason
                : RedisError(.connectionClosed, "closed because of an earlier command's reply", underlying: reason)
        }
    }

    // MARK: Time-outs

    private func setTimer() {
        guard !isTimerSet, let deadline = machine.nextDeadline else { return }
        isTimerSet = true
        // One timer, for the oldest command: while replies come it is moved once in a time-out, not once a command.
        eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        isTimerSet = false
        let now = eventLoop.now
        guard machine.hasTimedOut(now: now) else { return setTimer() }
        let overdue = machine.overdue(now: now)
        close { id in
            if let id, !overdue.contains(id) {
                return RedisError(.connectionClosed, "closed because an earlier command timed out")
            }
            return RedisError(.timeout, "no reply within the command time-out")
        }
    }
}

import NIOCore
import NIOSSL

extension RedisSubscriber {
    /// One subscribing connection, last in its channel's pipeline: carries out what the state machine decides. Belongs
    /// to its event loop and must only be touched there.
    final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        /// How a connection ended.
        struct End: Sendable {
            var wasSubscribed: Bool
            var reason: RedisError
        }

        private let configuration: RedisConfiguration
        private let channel: String
        private let eventLoop: any EventLoop
        private let handler: @Sendable (Event) -> Void
        private let reader: RedisReplyReader
        private let end: EventLoopPromise<End>
        private var machine: StateMachine
        private var context: ChannelHandlerContext?
        private var isClosed = false

        init(
            _ configuration: RedisConfiguration,
            channel: String,
            on eventLoop: any EventLoop,
            handler: @escaping @Sendable (Event) -> Void
        ) throws(RedisError) {
            self.configuration = configuration
            self.channel = channel
            self.eventLoop = eventLoop
            self.handler = handler
            reader = try RedisReplyReader(replyLimit: configuration.maximumReplyBytes)
            machine = StateMachine(greetings: configuration.greetings.map(\.0))
            end = eventLoop.makePromise()
        }

        /// Done when the connection has ended or could not be made.
        var ended: EventLoopFuture<End> { end.futureResult }

        /// Starts the one attempt to connect.
        func connect(tls: NIOSSLContext?) {
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            configuration.connect(bound, tls: tls, on: eventLoop).whenFailure { error in
                bound.value.close(because: RedisError(.unavailable, "cannot connect", underlying: error))
            }
            let timeout = TimeAmount.milliseconds(Int64(configuration.connectTimeoutMilliseconds))
            eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in self?.giveUpUnlessSubscribed() }
        }

        /// Ends the connection, or the attempt to make one.
        func close(because reason: RedisError) {
            guard !isClosed else { return }
            isClosed = true
            context?.close(promise: nil)
            end.succeed(End(wasSubscribed: machine.isSubscribed, reason: reason))
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
                while !isClosed, let reply = try reader.next() { handle(reply) }
            } catch {
                close(because: error)
            }
        }

        private func greet(_ context: ChannelHandlerContext) {
            // The attempt may have been given up before the transport was there.
            guard !isClosed else { return context.close(promise: nil) }
            for (_, command) in configuration.greetings { write(command) }
            write(RedisCommand("SUBSCRIBE", channel))
            context.flush()
        }

        private func write(_ command: RedisCommand) {
            do throws(RedisError) {
                let bytes = try command.encoded(limit: configuration.maximumCommandBytes)
                context?.write(wrapOutboundOut(bytes), promise: nil)
            } catch {
                close(because: error)
            }
        }

        private func handle(_ reply: RedisReply) {
            switch machine.replyArrived(reply) {
            case .none: break
            case .subscribed:
                setTimer()
                handler(.subscribed)
            case .deliver(let message): handler(.message(message))
            case .refused:
                let failure: RedisError? = if case .error(let text) = reply { RedisError(reply: text) } else { nil }
                close(because: failure ?? RedisError(.protocolViolation, "the server refuses us"))
            case .unexpected: close(because: RedisError(.protocolViolation, "not what a subscriber is told"))
            }
        }

        // MARK: Time-outs

        private func giveUpUnlessSubscribed() {
            guard !machine.isSubscribed else { return }
            close(because: RedisError(.timeout, "not connected and subscribed within the connect time-out"))
        }

        private func setTimer() {
            let timeout = TimeAmount.milliseconds(Int64(configuration.commandTimeoutMilliseconds))
            eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in self?.timerFired() }
        }

        private func timerFired() {
            guard !isClosed else { return }
            switch machine.tick() {
            case .none: break
            case .ping:
                write(RedisCommand("PING"))
                context?.flush()
            case .giveUp:
                return close(because: RedisError(.timeout, "no sign of life within the command time-out"))
            }
            setTimer()
        }
    }
}

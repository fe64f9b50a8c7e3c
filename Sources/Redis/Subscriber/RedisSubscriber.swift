package import Logging
package import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// Listens to one Pub/Sub channel on a connection of its own, since RESP2 lets a connection that subscribes do nothing
/// else. A connection that is lost is made again, with a subscription.
///
/// What is published while there is no connection is lost; `.subscribed` tells that it may have been.
package final class RedisSubscriber: Service {
    package enum Event: Sendable, Equatable {
        /// From now on messages arrive. Told after each loss again.
        case subscribed
        /// What was published, any bytes.
        case message([UInt8])
    }

    private let configuration: RedisConfiguration
    private let channel: String
    private let tls: NIOSSLContext?
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let handler: @Sendable (Event) -> Void

    /// Connects to nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: its command time-out is also the time after which a silent peer is asked for a sign of life,
    ///     and the time that it has to give one.
    ///   - channel: the channel's name.
    ///   - handler: called on the event loop, in order; it must not block.
    /// - Throws: `.invalidConfiguration`, as `RedisClient` does.
    package init(
        _ configuration: RedisConfiguration,
        channel: String,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger,
        handler: @escaping @Sendable (Event) -> Void
    ) throws(RedisError) {
        try configuration.validate()
        self.configuration = configuration
        self.channel = channel
        tls = try configuration.makeTLSContext()
        eventLoop = eventLoopGroup.next()
        self.logger = logger
        self.handler = handler
    }

    /// Listens until the service is shut down or cancelled.
    package func run() async {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                let end = await self.listen()
                if Task.isCancelled { break }
                failures = end.wasSubscribed ? 1 : failures + 1
                // One line for an outage, not one for each attempt.
                self.logger.log(
                    level: failures == 1 ? .warning : .debug,
                    "No subscription at Redis",
                    metadata: ["error": "\(end.reason)"]
                )
                let backoff = self.configuration.backoff
                let pause = backoff.milliseconds(failures: failures, jitter: .random(in: 0..<1))
                try? await Task.sleep(for: .milliseconds(pause))
            }
        }
    }

    /// Connects, subscribes and listens as long as the connection lasts.
    private func listen() async -> Listener.End {
        let (eventLoop, configuration, channel, tls, handler) = (eventLoop, configuration, channel, tls, handler)
        let started = eventLoop.submit {
            let listener = try Listener(configuration, channel: channel, on: eventLoop, handler: handler)
            listener.connect(tls: tls)
            return NIOLoopBound(listener, eventLoop: eventLoop)
        }
        do {
            let listener = try await started.get()
            return try await withTaskCancellationHandler {
                try await eventLoop.flatSubmit { listener.value.ended }.get()
            } onCancel: {
                eventLoop.execute {
                    listener.value.close(because: RedisError(.cancelled, "the subscriber has stopped"))
                }
            }
        } catch {
            let reason = error as? RedisError ?? RedisError(.unavailable, "cannot connect", underlying: error)
            return Listener.End(wasSubscribed: false, reason: reason)
        }
    }
}

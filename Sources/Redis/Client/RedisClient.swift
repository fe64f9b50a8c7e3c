package import Logging
package import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Redis over one pipelined connection on each event loop. Commands may be sent from any task, before `run` as well:
/// they wait for the connection within their time-out.
///
/// A connection that is lost is made again by itself, and a lost command is not repeated: whether it has run only its
/// sender can find out. While no connection can be made, commands fail at once.
package final class RedisClient: Service {
    package let configuration: RedisConfiguration
    private let lanes: [RedisLane]
    private let tickets = Atomic<UInt64>(0)

    /// Throws `.invalidConfiguration` for a TLS authority file that cannot be read and for limits below 1; connects to
    /// nothing yet.
    package init(
        _ configuration: RedisConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger
    ) throws(RedisError) {
        try configuration.validate()
        self.configuration = configuration
        let tls = try configuration.makeTLSContext()
        lanes = eventLoopGroup.makeIterator().map { eventLoop in
            RedisLane(configuration, tls: tls, on: eventLoop, logger: logger)
        }
    }

    /// Commands whose reply is outstanding, those included whose caller has left.
    package var commandsUnderWay: Int { lanes.reduce(0) { $0 + $1.commandsUnderWay } }

    /// Connects, keeps connected, and returns when the service shuts down: after a graceful shutdown commands under way
    /// have had the command time-out to finish, after a cancellation they fail.
    package func run() async {
        for lane in lanes { lane.start() }
        try? await gracefulShutdown()
        let gracefully = !Task.isCancelled
        await withTaskGroup { group in
            for lane in lanes { group.addTask { await lane.stop(gracefully: gracefully) } }
        }
    }

    /// The reply to `command`. An error reply is thrown, as `.server` or `.clusterUnsupported`.
    ///
    /// When the task is cancelled it throws `.cancelled` at once; the command may still run on the server.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        try await send(command, by: commandDeadline())
    }

    /// The end of the time that one operation has from now on, however many commands it takes.
    func commandDeadline() -> NIODeadline {
        .now() + .milliseconds(Int64(configuration.commandTimeoutMilliseconds))
    }

    func send(
        _ command: RedisCommand,
        by deadline: NIODeadline,
        _ isCancellable: Bool = true
    ) async throws(RedisError) -> RedisReply {
        // Otherwise it would be written, and only its reply be dropped.
        if isCancellable, Task.isCancelled { throw RedisError(.cancelled, "the calling task was cancelled") }
        let bytes = try command.encoded(limit: configuration.maximumCommandBytes)
        let ticket = tickets.wrappingAdd(1, ordering: .relaxed).newValue
        let lane = lane(for: ticket)
        let reply = try await lane.send(bytes, id: ticket, deadline: deadline, isCancellable: isCancellable).get()
        if case .error(let text) = reply { throw RedisError(reply: text) }
        return reply
    }

    /// The lane of the event loop that the caller runs on; elsewhere lanes take turns. One that has no connection is passed
    /// over while another has one.
    private func lane(for ticket: UInt64) -> RedisLane {
        let own = MultiThreadedEventLoopGroup.currentEventLoop.flatMap { loop in
            lanes.firstIndex { $0.eventLoop === loop }
        }
        let first = own ?? Int(truncatingIfNeeded: ticket % UInt64(lanes.count))
        for offset in lanes.indices {
            let lane = lanes[(first + offset) % lanes.count]
            if lane.isUp { return lane }
        }
        return lanes[first]
    }
}

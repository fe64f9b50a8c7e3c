package import NIOCore
import NIOPosix

/// Accepts connections on a free port of 127.0.0.1 and serves each in a task of its own, for as long as a scope lasts.
///
/// A connection becomes an async channel only in the task that serves it: one that were made earlier and then dropped,
/// because the scope ended meanwhile, would end the process.
package struct Listener<Inbound: Sendable, Outbound: Sendable>: Sendable {
    package let port: Int
    private let channel: any Channel
    private let accepted: AsyncStream<any Channel>
    private let handOver: AsyncStream<any Channel>.Continuation

    /// Starts to accept; ``serving(_:while:)`` must follow.
    ///
    /// - Parameter configure: adds the handlers of a connection to its pipeline.
    package init(configure: @escaping @Sendable (any Channel) throws -> Void = { _ in }) async throws {
        let (accepted, handOver) = AsyncStream.makeStream(of: (any Channel).self)
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 2048)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Nothing is read before there is someone to read it.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try configure(channel)
                    if case .terminated = handOver.yield(channel) { channel.close(promise: nil) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.accepted = accepted
        self.handOver = handOver
    }

    /// Serves connections, the first as number 0, while `use` runs; then those that are open are cancelled.
    package func serving<Result: Sendable>(
        _ serve: @escaping @Sendable (_ index: Int, NIOAsyncChannel<Inbound, Outbound>) async -> Void,
        while use: () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await serveAll(serve) }
            let outcome: Swift.Result<Result, any Error>
            do { outcome = .success(try await use()) } catch { outcome = .failure(error) }
            try? await channel.close()
            handOver.finish()
            try await group.waitForAll()
            return try outcome.get()
        }
    }

    private func serveAll(
        _ serve: @escaping @Sendable (_ index: Int, NIOAsyncChannel<Inbound, Outbound>) async -> Void
    ) async {
        await withDiscardingTaskGroup { connections in
            var index = 0
            for await channel in accepted {
                let number = index
                index += 1
                connections.addTask {
                    guard let connection = try? await Self.wrap(channel) else { return }
                    await serve(number, connection)
                }
            }
            connections.cancelAll()
        }
    }

    private static func wrap(_ channel: any Channel) async throws -> NIOAsyncChannel<Inbound, Outbound> {
        let connection = try await channel.eventLoop.submit {
            try NIOAsyncChannel<Inbound, Outbound>(wrappingChannelSynchronously: channel)
        }.get()
        channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
        return connection
    }
}

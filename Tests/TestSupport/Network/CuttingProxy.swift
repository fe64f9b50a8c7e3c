import Foundation
import NIOCore
import NIOPosix

/// Passes connections on to servers on 127.0.0.1, and cuts some of them in the middle of what is answered.
package final class CuttingProxy: Sendable {
    /// What becomes of one connection.
    package struct Fate: Sendable {
        /// The server that it is passed on to.
        package var port: Int
        /// Behind so many bytes of the answer the client's connection is reset; `nil`: never.
        package var cut: Int?

        package init(port: Int, cut: Int? = nil) {
            self.port = port
            self.cut = cut
        }
    }

    package let url: String
    /// Counts the connections, and those that the client closed before the server did.
    package let connected = EventCount()
    package let left = EventCount()

    private init(port: Int) { url = "http://127.0.0.1:\(port)" }

    /// - Parameter fate: of the connection of that number, counted from 0.
    package static func serving<Result: Sendable>(
        _ fate: @escaping @Sendable (Int) -> Fate,
        _ use: (CuttingProxy) async throws -> Result
    ) async throws -> Result {
        let listener = try await Listener<ByteBuffer, ByteBuffer>()
        let proxy = CuttingProxy(port: listener.port)
        return try await listener.serving({ index, connection in
            proxy.connected.add()
            await proxy.pass(connection, fate(index))
        }) {
            try await use(proxy)
        }
    }

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private func pass(_ client: Connection, _ fate: Fate) async {
        try? await client.executeThenClose { fromClient, toClient -> Void in
            let server = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: fate.port)) { channel in
                    channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
                }
            try await server.executeThenClose { fromServer, toServer -> Void in
                if fate.cut != nil, let channel = client.channel as? any SocketOptionProvider {
                    try await channel.setSoLinger(Self.reset).get()
                }
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // How a connection ends is not told apart.
                        do { for try await bytes in fromClient { try await toServer.write(bytes) } } catch {}
                        if !Task.isCancelled { self.left.add() }
                    }
                    group.addTask { await Self.answer(fromServer, to: toClient, cut: fate.cut) }
                    _ = await group.next()
                    group.cancelAll()
                }
            }
        }
    }

    /// Closing a socket does not wait, and what was not sent is dropped.
    private static var reset: linger { linger(l_onoff: 1, l_linger: 0) }

    private static func answer(
        _ bytes: NIOAsyncChannelInboundStream<ByteBuffer>,
        to client: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        cut: Int?
    ) async {
        var rest = cut ?? .max
        do {
            for try await var piece in bytes {
                guard let kept = piece.readSlice(length: min(rest, piece.readableBytes)) else { return }
                try await client.write(kept)
                rest -= kept.readableBytes
                guard rest > 0 else { return }
            }
        } catch {}
    }
}

import Foundation
import NIOCore
import NIOPosix

/// One GET over a connection of its own, without any client that would try again or hide how it ended.
package enum BareExchange: Sendable, Hashable {
    /// The connection was never there.
    case refused
    case answered(status: Int, closes: Bool)
    /// The connection was there, and the answer was not.
    case lost

    package var status: Int? { if case .answered(let status, _) = self { status } else { nil } }

    /// - Parameter connected: called between the connection's begin and the request.
    package static func get(
        _ path: String,
        port: Int,
        connected: @Sendable () async throws -> Void = {}
    ) async -> BareExchange {
        let connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: port)) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        } catch {
            return (error as? IOError)?.errnoCode == ECONNRESET ? .lost : .refused
        }
        let head = try? await connection.executeThenClose { inbound, outbound in
            try await connected()
            try await outbound.write(ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: parley\r\n\r\n"))
            var head = ""
            for try await bytes in inbound {
                head += String(buffer: bytes)
                if head.contains("\r\n\r\n") { return head }
            }
            throw ServerError("the connection ended")
        }
        let words = head?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count > 1, let status = Int(words[1]) else { return .lost }
        return .answered(status: status, closes: head?.lowercased().contains("\r\nconnection: close\r\n") == true)
    }
}

import NIOCore

/// A server that does with each connection what a test says: half answers, garbage, silence.
package final class RawServer: Sendable {
    /// One accepted connection.
    package struct Peer {
        /// Counted from 0.
        package var index: Int
        fileprivate var channel: any Channel
        fileprivate var bytes: Reader

        package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

        /// Returns when the kernel has taken the bytes: the writer of the async channel would take them itself.
        package func send(_ bytes: [UInt8]) async throws {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        }

        /// The next request, head and body; `nil` when the client closed.
        package func request() async throws -> String? { try await bytes.request() }

        /// Returns when the client has closed.
        package func closed() async { while (try? await bytes.more()) == true {} }
    }

    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    /// Counts the connections that the client closed.
    package let closed = EventCount()
    package let connected = EventCount()
    package let requests = EventCount()

    private init(port: Int) { self.port = port }

    package static func serving<Result: Sendable>(
        _ script: @escaping @Sendable (Peer, RawServer) async throws -> Void,
        _ use: (RawServer) async throws -> Result
    ) async throws -> Result {
        let listener = try await Listener<ByteBuffer, ByteBuffer>()
        let server = RawServer(port: listener.port)
        return try await listener.serving({ index, connection in
            server.connected.add()
            connection.channel.closeFuture.whenComplete { _ in server.closed.add() }
            await server.talk(to: connection, index, script)
        }) {
            try await use(server)
        }
    }

    private func talk(
        to connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ index: Int,
        _ script: @Sendable (Peer, RawServer) async throws -> Void
    ) async {
        try? await connection.executeThenClose { inbound, outbound in
            defer { outbound.finish() }
            let reader = Reader(iterator: inbound.makeAsyncIterator())
            try await script(Peer(index: index, channel: connection.channel, bytes: reader), self)
        }
    }
}

extension RawServer {
    /// Reads requests off a connection.
    fileprivate final class Reader {
        private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private var buffer: [UInt8] = []

        init(iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) { self.iterator = iterator }

        func more() async throws -> Bool {
            guard let bytes = try await iterator.next(isolation: #isolation) else { return false }
            buffer += Array(buffer: bytes)
            return true
        }

        func request() async throws -> String? {
            while true {
                let text = String(decoding: buffer, as: UTF8.self)
                if let head = text.firstRange(of: "\r\n\r\n") {
                    let length =
                        text[..<head.lowerBound].lowercased().split(separator: "\r\n")
                        .first { $0.hasPrefix("content-length:") }
                        .flatMap { Int($0.dropFirst(15).trimmingPrefix(" ")) } ?? 0
                    let end = text.utf8.distance(from: text.startIndex, to: head.upperBound) + length
                    if buffer.count >= end {
                        let request = String(decoding: buffer.prefix(end), as: UTF8.self)
                        buffer.removeFirst(end)
                        return request
                    }
                }
                guard try await more() else { return nil }
            }
        }
    }
}

import Agent
import NIOCore
import NIOPosix
import Synchronization

/// A client on a plain socket, which reads when it wants to.
final class RawClient: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let client: RawClient

        init(_ client: RawClient) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            client.change { $0.bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView) }
        }

        func channelInactive(context: ChannelHandlerContext) { client.change { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private let state = Mutex(State())
    private let changed = Signal()
    private let channel = Mutex<(any Channel)?>(nil)

    private init() {}

    /// - Parameter buffer: how many bytes the kernel takes while nobody reads; roughly.
    static func connected(to port: Int, buffer: Int? = nil) async throws -> RawClient {
        let client = RawClient()
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(client))
                }
            }
        if let buffer { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: buffer) }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        client.channel.withLock { $0 = channel }
        return client
    }

    /// Asks for the events of a new run.
    func run(_ body: String) async throws {
        try await send(
            "POST /agent/run HTTP/1.1\r\nHost: parley\r\nAccept: text/event-stream\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    /// Asks for the events of a run of any worker.
    func follow(_ run: RunID, after id: String? = nil) async throws {
        let header = id.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        try await send("GET /agent/runs/\(run)/events HTTP/1.1\r\nHost: parley\r\n\(header)\r\n")
    }

    func send(_ text: String) async throws {
        try await channel.withLock { $0 }?.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// From now on, or no longer, nothing is read from the socket.
    func read(_ reads: Bool) async throws {
        try await channel.withLock { $0 }?.setOption(.autoRead, value: reads).get()
    }

    func close() async throws { try await channel.withLock { $0 }?.close() }

    /// What came so far, as soon as it is what a test waits for, or the server has closed the connection.
    @discardableResult
    func received(_ isEnough: (Received) -> Bool) async -> Received {
        while true {
            let (bytes, isClosed) = state.withLock { ($0.bytes, $0.isClosed) }
            let received = Received(bytes, isClosed: isClosed)
            if isClosed || isEnough(received) { return received }
            await changed.wait(until: .now + .seconds(60))
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        changed.raise()
    }
}

/// A chunked response, as far as it came.
struct Received {
    let head: String
    let body: ServerSentEvents
    /// Whether the last chunk came.
    let isComplete: Bool
    let isClosed: Bool

    init(_ bytes: [UInt8], isClosed: Bool) {
        self.isClosed = isClosed
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else {
            (head, body, isComplete) = (text, ServerSentEvents(""), false)
            return
        }
        head = String(text[..<end.lowerBound])
        var rest = bytes.dropFirst(text[..<end.upperBound].utf8.count)
        var whole: [UInt8] = []
        var isComplete = false
        while let lineEnd = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: rest[..<lineEnd], as: UTF8.self)
            guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else { break }
            if size == 0 {
                isComplete = true
                break
            }
            rest = rest[(lineEnd + 1)...]
            whole += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        body = ServerSentEvents(String(decoding: whole, as: UTF8.self))
        self.isComplete = isComplete
    }
}

import NIOCore
import NIOPosix

/// A server that accepts connections and answers the n-th chunk of bytes that it gets on one with the n-th text of
/// `answers`, and then says nothing more.
func withFakeServer<Result>(_ answers: [String], _ body: (Int) async throws -> Result) async throws -> Result {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Answering(answers))
            }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    defer { channel.close(promise: nil) }
    return try await body(channel.localAddress?.port ?? 0)
}

private final class Answering: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var answers: ArraySlice<String>

    init(_ answers: [String]) { self.answers = answers[...] }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let answer = answers.popFirst() else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

import CLinux
import Glibc
import NIOCore

/// Keeps a listening socket from closing over connections that it owes an answer.
///
/// The kernel completes handshakes by itself. What waits in the accept queue when a listener closes is reset, although its
/// clients are connected and may have sent their requests; and a connection that NIO has accepted is dropped when the
/// listener closes before the connection's own event loop has set it up. So a close is held back here, in this order: the
/// kernel completes no new handshake (a client tries again a second later, and is refused), the queue is emptied, and all
/// that was taken from it is handed over.
final class ListenerDrain: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    /// What a handshake that has begun may still take.
    private static let handshakeTime = TimeAmount.milliseconds(50)
    /// A close is not held back for longer than this.
    private static let limit = TimeAmount.seconds(2)

    private let loops: [any EventLoop]
    private var state = StateMachine()
    private var closed: EventLoopPromise<Void>?
    private var stopped: EventLoopPromise<Void>?

    /// An outbound event: the listener takes what there is and no more, and stays open. Its promise is kept when that is done.
    struct StopAccepting {}

    /// - Parameter group: whose loops the accepted connections run on.
    private init(group: any EventLoopGroup) { loops = Array(group.makeIterator()) }

    /// Holds back the close of `listener` from now on.
    static func install(on listener: any Channel, group: any EventLoopGroup) async throws {
        try await listener.eventLoop.submit {
            try listener.pipeline.syncOperations.addHandler(ListenerDrain(group: group), position: .first)
        }.get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        state.accepted()
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        perform(state.acceptsDone(), context)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is StopAccepting else { return context.triggerUserOutboundEvent(event, promise: promise) }
        stopped = promise
        perform(state.closeAsked(), context)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        let closed = self.closed ?? context.eventLoop.makePromise()
        self.closed = closed
        closed.futureResult.cascade(to: promise)
        perform(state.closeAsked(), context)
    }

    private func perform(_ action: StateMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none: break
        case .refuseHandshakes:
            refuseHandshakes(context.channel)
            after(Self.handshakeTime, context) { self.state.handshakesOver() }
            after(Self.limit, context) { self.state.timeIsUp() }
        case .look:
            connectionsWaiting(context.channel).assumeIsolated().whenSuccess {
                self.perform(self.state.looked(waiting: $0), context)
            }
        case .handOver:
            // Two rounds, since NIO visits the connection's loop and comes back twice: for its options, for its handlers.
            allLoopsPassed(context).assumeIsolated()
                .flatMap { (_) -> EventLoopFuture<Void> in self.allLoopsPassed(context) }
                .whenComplete { _ in self.perform(self.state.handedOver(), context) }
        case .close:
            stopped?.succeed()
            stopped = nil
            if let closed { context.close(promise: closed) }
        }
    }

    private func after(
        _ delay: TimeAmount,
        _ context: ChannelHandlerContext,
        _ event: @escaping () -> StateMachine.Action
    ) {
        context.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.perform(event(), context) }
    }

    /// Completes when every loop has done what it was given before.
    private func allLoopsPassed(_ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        EventLoopFuture.andAllComplete(loops.map { $0.submit {} }, on: context.eventLoop)
    }

    /// How long the accept queue is; 0 where that cannot be known. On a listening socket Linux tells it in this field.
    private func connectionsWaiting(_ listener: any Channel) -> EventLoopFuture<Int> {
        guard let options = listener as? any SocketOptionProvider else {
            return listener.eventLoop.makeSucceededFuture(0)
        }
        return options.getTCPInfo().map { Int($0.tcpi_unacked) }.recover { _ in 0 }
    }

    /// Has the kernel drop every first packet of a handshake (SYN) that comes for `listener`. Where it will not, connections
    /// go on coming, and one that comes between the last look and the close is reset.
    private func refuseHandshakes(_ listener: any Channel) {
        guard let options = listener as? any SocketOptionProvider else { return }
        // Flags are the TCP header's byte 13; SYN is bit 1. 0 drops the packet, anything else keeps so many bytes of it.
        var program = [
            sock_filter(code: UInt16(BPF_LD | BPF_B | BPF_ABS), jt: 0, jf: 0, k: 13),
            sock_filter(code: UInt16(BPF_JMP | BPF_JSET | BPF_K), jt: 0, jf: 1, k: 0x02),
            sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: 0),
            sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: .max),
        ]
        program.withUnsafeMutableBufferPointer { instructions in
            // On the channel's own loop the call is over when it returns, and the kernel has its copy.
            _ = options.unsafeSetSocketOption(
                level: .socket,
                name: NIOBSDSocket.Option(rawValue: SO_ATTACH_FILTER),
                value: FilterProgram(
                    program: sock_fprog(len: UInt16(instructions.count), filter: instructions.baseAddress)
                )
            )
        }
    }
}

/// What the kernel is given as an option's bytes. `@unchecked`: it is used where it was made, and gone before its pointer.
private struct FilterProgram: @unchecked Sendable {
    let program: sock_fprog
}

import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Keeps a connection open for the request that is on its way when the worker begins to drain.
///
/// Hummingbird closes a connection without a request the moment it quiesces, whatever lies unread in its socket: the client
/// sees a reset. This handler stands in front of Hummingbird's own and holds that event back until the next request has
/// begun, which is then the last one, or until none came for ``patience``. Responses of a worker that drains say that the
/// connection closes behind them.
final class ConnectionDrain: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a connection without a request is kept.
    static let patience = TimeAmount.seconds(1)

    private let drain: Drain
    private var state = StateMachine()
    private var timer: Scheduled<Void>?

    init(_ drain: Drain) { self.drain = drain }

    /// A connection that is accepted while the worker drains is not told so by an event.
    func handlerAdded(context: ChannelHandlerContext) {
        if drain.isDraining { perform(state.quiesce(), context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimer() }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        perform(state.quiesce(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        context.fireChannelRead(data)
        if case .head = part { perform(state.requestBegan(), context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where drain.isDraining && head.status.kind != .informational:
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            perform(state.quiesce(), context)
        case .end:
            state.responseEnded()
            context.write(data, promise: promise)
        default:
            context.write(data, promise: promise)
        }
    }

    private func perform(_ action: StateMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none: break
        case .passOn:
            stopTimer()
            context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        case .wait:
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) {
                self.perform(self.state.patienceEnded(), context)
            }
        }
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }
}

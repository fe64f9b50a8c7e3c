import Hummingbird
import NIOCore
import Synchronization

/// Tells when a client has closed its connection, while its request is being worked on.
///
/// Hummingbird's own way for that gives up the connection afterwards, and ends the process when the request's body was
/// not read by it to the end.
final class ConnectionEnd: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any

    private enum State: Sendable {
        case open(onEnd: (@Sendable () -> Void)?)
        case ended
    }

    private let state = Mutex(State.open(onEnd: nil))

    /// Calls `onEnd` when the client goes, or at once when it has gone. One request at a time watches.
    func watch(_ onEnd: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            if case .ended = state { return true }
            state = .open(onEnd: onEnd)
            return false
        }
        if hasEnded { onEnd() }
    }

    func unwatch() {
        state.withLock { state in
            if case .open = state { state = .open(onEnd: nil) }
        }
    }

    // MARK: Events

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Servers keep connections open whose client has closed its half; there is nobody to answer all the same.
        if let event = event as? ChannelEvent, event == .inputClosed { end() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        let onEnd = state.withLock { state in
            defer { state = .ended }
            guard case .open(let onEnd) = state else { return (@Sendable () -> Void)?.none }
            return onEnd
        }
        onEnd?()
    }
}

/// What routes know about the request at hand: also its connection.
struct MCPRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// The watch over the request's connection.
    var connectionEnd: ConnectionEnd {
        get async throws { try await channel.pipeline.handler(type: ConnectionEnd.self).get() }
    }
}

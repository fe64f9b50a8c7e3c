import NIOCore
import NIOPosix
import NIOSSL

extension RedisLane.Core {
    /// Starts one attempt to connect; how it ends, `connection` tells its delegate.
    func open(_ connection: RedisConnection) {
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        configuration.connect(bound, tls: tls, on: eventLoop).whenFailure { error in
            bound.value.close(because: RedisError(.unavailable, "cannot connect", underlying: error))
        }
        // TLS and the greetings share the time that TCP has; a server that accepts and then says nothing fails here.
        let timeout = TimeAmount.milliseconds(Int64(configuration.connectTimeoutMilliseconds))
        eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak connection] in
            connection?.giveUpUnlessUp()
        }
    }
}

extension RedisConfiguration {
    /// Starts one attempt to connect; once it has succeeded, `handler` is last in the channel's pipeline, behind TLS.
    ///
    /// A name with several addresses is tried on several channels at once: `handler` joins only the one that won.
    func connect<Handler: ChannelInboundHandler & SendableMetatype>(
        _ handler: NIOLoopBound<Handler>,
        tls: NIOSSLContext?,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.milliseconds(Int64(connectTimeoutMilliseconds)))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let tls else { return }
                    try channel.pipeline.syncOperations.addHandler(makeTLSHandler(tls))
                }
            }
        // A numeric address needs no look-up, and so no thread for one.
        let attempt = numericAddress.map { bootstrap.connect(to: $0) } ?? bootstrap.connect(host: host, port: port)
        return attempt.flatMapThrowing { channel in
            do {
                try channel.pipeline.syncOperations.addHandler(handler.value)
                return channel
            } catch {
                channel.close(promise: nil)
                throw error
            }
        }
    }

    /// What all connections share for TLS, `nil` without TLS. Reads the authority file.
    func makeTLSContext() throws(RedisError) -> NIOSSLContext? {
        guard let tls else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = tls.authorityFile { configuration.trustRoots = .file(file) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw RedisError(.invalidConfiguration, "cannot read the authority file for TLS", underlying: error)
        }
    }

    /// A numeric address is not sent as server name; the certificate must then name the address itself.
    func makeTLSHandler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: numericAddress == nil ? host : nil)
    }

    /// `nil` when the host is a name.
    var numericAddress: SocketAddress? { try? SocketAddress(ipAddress: host, port: port) }
}

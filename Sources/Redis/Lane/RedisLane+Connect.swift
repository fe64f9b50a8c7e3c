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
    /// Starts one attempt to connect; `handler` is last in the channel's pipeline, behind TLS.
    func connect<Handler: ChannelInboundHandler>(
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
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(makeTLSHandler(tls)) }
                    try pipeline.addHandler(handler.value)
                }
            }
        // A numeric address needs no look-up, and so no thread for one.
        guard let address = numericAddress else { return bootstrap.connect(host: host, port: port) }
        return bootstrap.connect(to: address)
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

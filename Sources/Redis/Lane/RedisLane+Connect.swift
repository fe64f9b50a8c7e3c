import NIOCore
import NIOPosix
import NIOSSL

extension RedisLane.Core {
    /// Starts one attempt to connect; how it ends, `connection` tells its delegate.
    func open(_ connection: RedisConnection) {
        let timeout = TimeAmount.milliseconds(Int64(configuration.connectTimeoutMilliseconds))
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        let configuration = configuration
        let tls = tls
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let tls else { return }
                    try channel.pipeline.syncOperations.addHandler(configuration.makeTLSHandler(tls))
                }
            }
        // A numeric address needs no look-up, and so no thread for one.
        let channel =
            if let address = configuration.numericAddress {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: configuration.host, port: configuration.port)
            }
        // A name with several addresses is tried on several channels at once: the connection belongs to the one that won.
        let connected = channel.flatMapThrowing { channel in
            do {
                try channel.pipeline.syncOperations.addHandler(bound.value)
            } catch {
                channel.close(promise: nil)
                throw error
            }
        }
        connected.whenFailure { error in
            bound.value.close(because: RedisError(.unavailable, "cannot connect", underlying: error))
        }
        // TLS and the greetings share the time that TCP has; a server that accepts and then says nothing fails here.
        eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak connection] in
            connection?.giveUpUnlessUp()
        }
    }
}

extension RedisConfiguration {
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

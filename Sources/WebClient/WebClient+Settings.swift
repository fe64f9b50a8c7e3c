extension WebClient {
    /// What holds for all requests of a client.
    package struct Settings: Sendable {
        /// Transfers at a time; one more is refused with `.overloaded`. Also the bound on threads that resolve names: each
        /// transfer that needs a new connection starts one while its host's name is not cached, for a minute; over TLS
        /// the others wait for the first.
        package var transfers = 8192
        /// For resolving the name, connecting and the TLS handshake together.
        package var connectTimeout = Duration.seconds(5)
        /// Connections kept open for later requests, all hosts together, besides those in use; for each 256 transfers.
        package var idleConnections = 256
        /// A kept connection that was idle for longer is not used again.
        package var idleSeconds = 60
        /// A PEM file of authorities to trust instead of the system's.
        package var certificateAuthorities: String?
        /// Whether `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count.
        package var usesProxyOfEnvironment = false
        package var userAgent = "parley"

        package init() {}
    }
}

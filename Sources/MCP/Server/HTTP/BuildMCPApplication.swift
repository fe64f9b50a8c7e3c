package import Hummingbird
package import Logging
import NIOCore

/// An MCP server on HTTP: `/mcp` for the protocol, `/health` for probes.
///
/// - Parameters:
///   - port: 0 takes a free one.
///   - onRunning: called with the port once the server listens.
package func buildMCPApplication(
    _ server: MCPServer,
    http: MCPHTTPSettings,
    host: String,
    port: Int,
    onRunning: @escaping @Sendable (_ port: Int) async -> Void,
    logger: Logger
) -> some ApplicationProtocol {
    let router = Router(context: MCPRequestContext.self)
    router.get("health") { _, _ in Response(json: Array(#"{"status":"ok"}"#.utf8)) }
    let sessions = HTTPSessions(http, longestCall: server.settings.callTimeout)
    let routes = MCPRoutes(server: server, sessions: sessions, settings: http)
    let rules = AccessRules(hosts: http.hosts, origins: http.origins)
    routes.add(to: router.group("mcp").add(middleware: AccessCheck(rules: rules)))
    return Application(
        router: router,
        server: .http1(
            configuration: .init(additionalChannelHandlers: [ConnectionEnd()], idleTimeout: .seconds(60))
        ),
        configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1024),
        onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) },
        logger: logger
    )
}

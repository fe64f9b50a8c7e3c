package import Hummingbird

/// The routes of an MCP server: `/mcp` for the protocol, `/health` for probes.
package func buildMCPRouter(_ server: MCPServer, http: MCPHTTPSettings) -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    router.get("health") { _, _ in Response(json: Array(#"{"status":"ok"}"#.utf8)) }
    let routes = MCPRoutes(server: server, sessions: HTTPSessions(http), settings: http)
    routes.add(
        to: router.group("mcp").add(
            middleware: AccessCheck(rules: AccessRules(hosts: http.hosts, origins: http.origins))
        )
    )
    return router
}

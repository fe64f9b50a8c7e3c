import Agent
import Hummingbird
import Logging
import MCP
import ServiceLifecycle
import Taiga
import UnixSignals
import WebClient

/// `parley mcp`, wired from its settings.
struct MCPProcess {
    private let settings: MCPSettings
    private let server: MCPServer
    private let services: [any Service]
    private let logger: Logger

    init(settings: MCPSettings, logger: Logger) {
        let part = MCPToolsPart(settings, logger: logger)
        server = MCPServer(
            tools: part.tools,
            authenticator: part.authenticator,
            settings: part.settings.server,
            logger: logger
        )
        self.settings = part.settings
        services = part.services
        self.logger = logger
    }

    /// Serves until the client closes standard input.
    func serveStdio() async throws {
        try await serve(StdioServer(server, grace: settings.base.shutdownGrace))
    }

    /// Serves until SIGTERM or SIGINT.
    func serveHTTP() async throws {
        let logger = logger
        let base = settings.base
        try await serve(
            buildMCPApplication(
                server,
                http: settings.http,
                host: base.host,
                port: base.port,
                onRunning: { port in
                    logger.notice("Listening", metadata: ["host": "\(base.host)", "port": "\(port)", "path": "/mcp"])
                },
                logger: logger
            )
        )
    }

    private func serve(_ service: some Service) async throws {
        let ends = ServiceGroupConfiguration.ServiceConfiguration(
            service: service,
            successTerminationBehavior: .gracefullyShutdownGroup
        )
        var configuration = ServiceGroupConfiguration(
            services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) } + [ends],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // Past the grace of the calls themselves, for what they leave behind.
        configuration.maximumGracefulShutdownDuration = settings.base.shutdownGrace + .seconds(5)
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// The tools that the settings name, with what must run for them.
private struct MCPToolsPart {
    let tools: any ToolProvider
    /// `nil`: users are believed, since nobody can be asked.
    let authenticator: (any Authenticator)?
    let services: [any Service]
    let settings: MCPSettings

    init(_ settings: MCPSettings, logger: Logger) {
        var settings = settings
        if let taiga = settings.base.taiga {
            let web = WebClient(logger: logger)
            let connection = TaigaConnection(taiga, web: web, logger: logger)
            tools = connection.tools
            authenticator = connection.authenticator
            services = [web]
        } else {
            settings.useSandbox(MCPServerSettings.DefaultProject(id: 1_729_875, milestoneID: 499_548))
            tools = TaigaSandbox().tools
            authenticator = nil
            services = []
        }
        self.settings = settings
    }
}

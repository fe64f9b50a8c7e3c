import Agent
import Anthropic
import Logging
import MCP
import ServiceLifecycle
import Taiga
import WebClient

/// The model that the settings name, with what must run for it.
struct ModelPart {
    let model: any ModelClient
    let services: [any Service]

    init(_ settings: Settings, logger: Logger) {
        guard let anthropic = settings.anthropic else {
            model = DemoModel()
            services = []
            return
        }
        let web = WebClient(logger: logger)
        model = AnthropicClient(settings: anthropic, web: web)
        services = [web]
    }
}

/// The tools that the settings name, with who tells who somebody is, and what must run for them.
struct ToolsPart {
    let tools: any ToolProvider
    /// `nil`: users are believed.
    let authenticator: (any Authenticator)?
    /// `nil`: tool servers do not tell what users may see.
    let directory: (any ProjectDirectory)?
    let services: [any Service]

    init(_ settings: Settings, logger: Logger) {
        guard settings.taiga != nil || !settings.toolServers.isEmpty else {
            let sandbox = TaigaSandbox()
            tools = sandbox.tools
            authenticator = nil
            directory = sandbox.directory
            services = []
            return
        }
        let web = WebClient(logger: logger)
        let taiga = settings.taiga.map { TaigaConnection($0, web: web, logger: logger) }
        let servers =
            settings.toolServers.isEmpty ? nil : MCPTools(settings.toolServers, client: web, logger: logger)
        let providers = [taiga?.tools as (any ToolProvider)?, servers].compactMap { $0 }
        tools = providers.count == 1 ? providers[0] : CombinedTools(providers)
        authenticator = settings.authenticates ? taiga?.authenticator : nil
        directory = taiga?.directory
        services = [web] + (servers.map { [$0] } ?? [])
    }
}

import Agent
import Anthropic
import Logging
import MCP
import Redis
import ServiceLifecycle
import Sessions
import Taiga
import WebClient

/// The session store that the settings name, with what must run for it.
struct SessionStorePart {
    let store: any SessionStore
    let runs: any RunStore
    let services: [any Service]
    /// Looks at the store before the worker listens, and logs what endangers sessions. A store that is down does not
    /// keep the worker from starting: it is not ready until the store is.
    let diagnose: @Sendable () async -> Void

    init(_ settings: Settings, logger: Logger) throws {
        // Longer than any run with its lease: no session expires in the middle of a turn.
        let stretch = max(.seconds(120), settings.run.deadline + .seconds(30))
        switch settings.store {
        case .redis(let configuration):
            let client = try RedisClient(configuration, logger: logger)
            let redis = try RedisSessionStore(client: client, turnStretch: stretch, logger: logger)
            store = redis
            runs = redis
            services = [client, redis]
            diagnose = {
                for finding in await redis.diagnose() { logger.log(level: finding.level, "\(finding.description)") }
            }
        case .memory(let ceiling):
            let memory = try MemorySessionStore(ceiling: ceiling, retention: stretch)
            store = memory
            runs = memory.runs
            services = [memory]
            diagnose = {}
        }
    }
}

extension RedisSessionStore.Finding {
    fileprivate var level: Logger.Level {
        switch severity {
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

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

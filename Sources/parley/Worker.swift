import API
import Agent
import Anthropic
import Hummingbird
import Logging
import NIOCore
import Redis
import ServiceLifecycle
import Sessions
import UnixSignals
import WebClient

/// One worker, wired from its settings. It decides nothing: which part is used is read off the settings.
struct Worker {
    private let settings: Settings
    private let services: [any Service]
    private let logger: Logger

    /// - Parameter onRunning: called with the port once the worker listens.
    init(
        settings: Settings,
        logger: Logger,
        onRunning: (@Sendable (_ port: Int) async -> Void)? = nil
    ) throws {
        let store = try SessionStorePart(settings, logger: logger)
        let model = ModelPart(settings, logger: logger)
        let tools = ToolsPart(settings, logger: logger)
        let parts = WorkerParts(store: store.store.name, model: model.model.name, tools: tools.tools.name)
        let runner = Runner(
            model: model.model,
            tools: tools.tools,
            store: store.store,
            settings: settings.run,
            codec: WireCodec()
        )
        let runs = RunHost(runner: runner, store: store.runs, limits: settings.limits)
        let router = buildRouter(
            runs: runs,
            store: store.store,
            parts: parts,
            authenticator: tools.authenticator,
            configuration: APIConfiguration(settings)
        )
        var application = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(20))),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                backlog: 4096
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? settings.port
                Banner(settings: settings, parts: parts, port: port).announce(logger: logger)
                await onRunning?(port)
            },
            logger: logger
        )
        application.beforeServerStarts(perform: store.diagnose)
        self.settings = settings
        self.logger = logger
        // Services end in the opposite order: the server first, then what its runs stand on.
        services =
            store.services + model.services + tools.services + [
                RunsEnd(runs: runs), application, DrainNotice(logger: logger),
            ]
    }

    /// Serves until SIGTERM or SIGINT, then lets what is under way finish within the grace period.
    func run(stopOnSignals: Bool = true) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: stopOnSignals ? [.sigterm, .sigint] : [],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = settings.shutdownGrace
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Keeps what runs stand on until they have ended: they go on when their clients have left.
private struct RunsEnd: Service {
    let runs: RunHost

    func run() async throws {
        try await gracefulShutdown()
        await runs.ended()
    }
}

/// Says in the log that the worker was told to stop, since it may go on for as long as its runs do.
private struct DrainNotice: Service {
    let logger: Logger

    func run() async throws {
        try await gracefulShutdown()
        logger.notice("Draining: no new requests, runs under way may finish")
    }
}

extension APIConfiguration {
    fileprivate init(_ settings: Settings) {
        self.init()
        allowedOrigins = settings.allowedOrigins
        operatorToken = settings.operatorToken
    }
}

import API
import Agent
import Anthropic
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Redis
import ServiceLifecycle
import Sessions
import WebClient

/// One worker, wired from its settings. It decides nothing: which part is used is read off the settings.
struct Worker {
    /// What the end of the grace period leaves to whatever hangs.
    private static let lastResort = Duration.seconds(5)

    private let settings: Settings
    private let services: [any Service]
    private let logger: Logger
    /// Stops the runs of this worker where they are; what they did is committed.
    private let cancelRuns: @Sendable () -> Void

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
            archive: store.archive,
            near: store.near,
            settings: settings.run,
            codec: WireCodec()
        )
        let runs = RunHost(runner: runner, store: store.runs, limits: settings.limits)
        let drain = Drain()
        let router = buildRouter(
            runs: runs,
            store: store.store,
            archive: store.archive,
            parts: parts,
            authenticator: tools.authenticator,
            directory: tools.directory,
            isDraining: { drain.isDraining },
            configuration: APIConfiguration(settings)
        )
        let group = MultiThreadedEventLoopGroup.singleton
        var application = Application(
            router: router,
            server: .http1(
                configuration: .init(additionalChannelHandlers: [ConnectionDrain(drain)], idleTimeout: .seconds(20))
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                backlog: 4096
            ),
            onServerRunning: { channel in
                do {
                    try await ListenerDrain.install(on: channel, group: group)
                    drain.listens(on: channel)
                } catch {
                    logger.error("The listener will not be drained", metadata: ["error": "\(error)"])
                }
                let port = channel.localAddress?.port ?? settings.port
                Banner(settings: settings, parts: parts, port: port).announce(logger: logger)
                await onRunning?(port)
            },
            eventLoopGroupProvider: .shared(group),
            logger: logger
        )
        application.beforeServerStarts(perform: store.diagnose)
        self.settings = settings
        self.logger = logger
        cancelRuns = { runs.cancelAll() }
        // Services end in the opposite order: readiness, the server, then what its runs stand on.
        services =
            store.services + model.services + tools.services + [
                RunsEnd(runs: runs), application, DrainService(drain: drain, logger: logger),
            ]
    }

    /// Serves until SIGTERM or SIGINT, then lets what is under way finish within the grace period. A second signal cancels
    /// the runs.
    func run() async throws {
        var configuration = ServiceGroupConfiguration(services: services, logger: logger)
        // The last resort: runs are cancelled before, commit, and are told to those who read slowly.
        configuration.maximumGracefulShutdownDuration = settings.shutdownGrace + Self.lastResort
        let signals = StopSignals(grace: settings.shutdownGrace, cancelRuns: cancelRuns, logger: logger)
        try await signals.run(ServiceGroup(configuration: configuration))
    }
}

/// Keeps what runs stand on until they have ended: they go on when their clients have left.
private struct RunsEnd: Service {
    let runs: RunHost

    func run() async {
        // Cancelled at the last resort, it has nothing to add.
        try? await gracefulShutdown()
        await runs.ended()
    }
}

extension APIConfiguration {
    fileprivate init(_ settings: Settings) {
        self.init()
        allowedOrigins = settings.allowedOrigins
        operatorToken = settings.operatorToken
    }
}

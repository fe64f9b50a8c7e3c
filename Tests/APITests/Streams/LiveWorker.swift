import Agent
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import TestSupport

@testable import API

/// A worker that listens on a port of 127.0.0.1.
struct LiveWorker: Sendable {
    let runs: RunHost
    let port: Int
    private let services: ServiceGroup
    /// Opens when the server has ended.
    let ended: Gate

    /// Tells the worker to shut down, as SIGTERM does.
    func drain() async { await services.triggerGracefulShutdown() }

    /// Serves while `body` runs, and is then shut down.
    static func serving<Result: Sendable>(
        _ runs: RunHost,
        streams: StreamSettings = StreamSettings(),
        logger: Logger = .silent,
        _ body: (LiveWorker) async throws -> Result
    ) async throws -> Result {
        var configuration = APIConfiguration()
        configuration.streams = streams
        let router = buildRouter(
            runs: runs,
            store: ScriptedStore(),
            parts: WorkerParts(store: "scripted", model: "scripted", tools: "scripted"),
            configuration: configuration
        )
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: logger
        )
        let services = ServiceGroup(configuration: .init(services: [application], logger: .silent))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            let ended = Gate()
            group.addTask {
                defer { ended.open() }
                try await services.run()
            }
            let worker = LiveWorker(
                runs: runs,
                port: await ports.first { _ in true } ?? 0,
                services: services,
                ended: ended
            )
            let outcome: Swift.Result<Result, any Error>
            do { outcome = .success(try await body(worker)) } catch { outcome = .failure(error) }
            runs.cancelAll()
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            await runs.ended()
            return try outcome.get()
        }
    }

    /// The runs of a worker over scripted parts.
    static func host(
        _ model: ScriptedModel,
        tools: ScriptedTools = ScriptedTools(),
        store: ScriptedStore = ScriptedStore(),
        runs: ScriptedRunStore = ScriptedRunStore()
    ) -> RunHost {
        RunHost(runner: Runner(model: model, tools: tools, store: store, codec: WireCodec()), store: runs)
    }
}

import Logging
import ServiceLifecycle

/// The service that is told first when the worker is to stop. The listener closes only when it has ended.
struct DrainService: Service {
    /// How long `/ready` answers 503 while the listener still takes connections: load balancers that ask twice a second
    /// see it in time.
    static let notice = Duration.milliseconds(500)

    let drain: Drain
    let logger: Logger

    func run() async throws {
        try await gracefulShutdown()
        drain.begin()
        logger.notice("Draining: not ready any more, what was begun is finished")
        try await Task.sleep(for: Self.notice)
        logger.info("Draining: the listener closes")
        try await drain.stopAccepting()
    }
}

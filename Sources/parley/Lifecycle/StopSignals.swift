import Logging
import ServiceLifecycle
import UnixSignals

/// What SIGTERM and SIGINT do: the first one lets runs finish, the second one, or the end of the grace period, cancels
/// them. Cancelled runs commit what they did, so that the worker ends in order all the same.
struct StopSignals {
    /// From the first signal until the worker is torn down.
    let grace: Duration
    let cancelRuns: @Sendable () -> Void
    let logger: Logger

    /// What runs that are cancelled may need to commit.
    private var commitTime: Duration { min(.seconds(3), grace / 4) }

    /// Runs `group` until it ends, by itself or by signals.
    func run(_ group: ServiceGroup) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { await obey(signals, group) }
            try await group.run()
        }
    }

    private func obey(_ signals: UnixSignalsSequence, _ group: ServiceGroup) async {
        await withTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            var isStopping = false
            for await _ in signals {
                if isStopping {
                    logger.notice("Told to stop again: runs are cancelled")
                    return cancelRuns()
                }
                isStopping = true
                await group.triggerGracefulShutdown()
                tasks.addTask { await cancelLate() }
            }
        }
    }

    private func cancelLate() async {
        guard (try? await Task.sleep(for: grace - commitTime)) != nil else { return }
        logger.warning("The grace period ends: runs that are left are cancelled")
        cancelRuns()
    }
}

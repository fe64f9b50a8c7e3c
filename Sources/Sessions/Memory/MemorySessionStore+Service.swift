import ServiceLifecycle

extension MemorySessionStore: Service {
    /// How often `run` sweeps. At 1024 sessions in each of 16 shards, a store of a quarter of a million is gone through
    /// in sixteen rounds.
    static let sweepInterval = Duration.seconds(1)

    /// Sweeps the expired sessions out, a few at a time, until the service is shut down or cancelled.
    package func run() async throws {
        await run { try await Task.sleep(for: Self.sweepInterval) }
    }

    /// `run`, with a sweep after each return of `pause` until it throws.
    func run(pause: @escaping @Sendable () async throws -> Void) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled, (try? await pause()) != nil { sweep() }
        }
    }
}

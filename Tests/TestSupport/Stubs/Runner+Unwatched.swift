package import Agent
package import Logging

extension Runner {
    /// Runs a turn that nobody watches.
    package func run(_ request: RunRequest, logger: Logger) async throws(RunError) -> RunReply {
        try await run(request, log: RunLog(of: request, isStreamed: false, codec: SummaryCodec()), logger: logger)
    }
}

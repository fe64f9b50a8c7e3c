import Agent
import Hummingbird
import Logging
import NIOCore

/// `POST /agent/run`
struct RunRoutes {
    let runner: Runner
    let limits: APIConfiguration

    func add(to router: Router<ParleyRequestContext>) { router.post("agent/run", use: run) }

    @Sendable private func run(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let arrival = ContinuousClock.now
        let bytes = try await request.jsonBody(upTo: limits.maxBodyBytes, within: limits.bodyTimeout)
        let body = try RunBody(parsing: bytes.readableBytesView)
        let runID = RunID()
        var logger = context.logger
        logger[metadataKey: "run_id"] = .string(runID.text)
        let answer = try await runner.run(
            RunRequest(
                runID: runID,
                session: body.session,
                prompt: body.prompt,
                context: body.context,
                arrival: arrival
            ),
            logger: logger
        )
        logger.info(
            "Run finished",
            metadata: [
                "steps": "\(answer.outcome.steps)",
                "stopped_by": "\(answer.outcome.stop?.code ?? "-")",
                "input_tokens": "\(answer.outcome.usage.inputTokens)",
                "output_tokens": "\(answer.outcome.usage.outputTokens)",
            ]
        )
        return Response(json: answer.json)
    }
}

import Agent
import Hummingbird
import Logging
import NIOCore

/// `POST /agent/run`
struct RunRoutes {
    let runs: RunHost
    let callers: Callers
    let limits: APIConfiguration

    func add(to router: Router<ParleyRequestContext>) { router.post("agent/run", use: run) }

    @Sendable private func run(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let arrival = ContinuousClock.now
        let bytes = try await request.jsonBody(upTo: limits.maxBodyBytes, within: limits.bodyTimeout)
        let body = try RunBody(parsing: bytes.readableBytesView)
        let runID = RunID()
        var logger = context.logger
        logger[metadataKey: "run_id"] = .string(runID.text)
        var run = RunRequest(
            runID: runID,
            session: body.session,
            principal: Principal(userID: body.context.user.id),
            prompt: body.prompt,
            context: body.context,
            arrival: arrival
        )
        run.idempotency = try Idempotency(request.headers, identity: body.identity)
        run.ifBusy = body.ifBusy
        run.timeToLive = body.timeToLive
        run.requestID = context.requestID

        let claimed = run
        let identity = try await callers.principal(of: body.context) { principal in
            var request = claimed
            request.principal = principal
            return try await runs.recall(request)
        }
        let reply: RunReply
        switch identity {
        case .replied(let earlier): reply = earlier
        case .principal(let principal):
            run.principal = principal
            reply = try await runs.start(run, logger: logger).reply()
        }
        var response = Response(jsonBytes: reply.bytes)
        if let answer = reply.answer {
            log(answer, to: logger)
        } else {
            response.headers[.idempotentReplayed] = "true"
            logger.info("Run replayed")
        }
        return response
    }

    private func log(_ answer: RunAnswer, to logger: Logger) {
        logger.info(
            "Run finished",
            metadata: [
                "steps": "\(answer.outcome.steps)",
                "stopped_by": "\(answer.outcome.stop?.code ?? "-")",
                "input_tokens": "\(answer.outcome.usage.inputTokens)",
                "output_tokens": "\(answer.outcome.usage.outputTokens)",
            ]
        )
    }
}

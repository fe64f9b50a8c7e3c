import Agent
import Hummingbird
import Logging
import NIOCore

/// `POST /agent/run`: answers with the run's answer, or with its events for a client that asks for them.
struct RunRoutes {
    let runs: RunHost
    let callers: Callers
    let limits: APIConfiguration
    /// Whether a run may ask for what the store has forgotten.
    let hasArchive: Bool

    func add(to router: Router<ParleyRequestContext>) { router.post("agent/run", use: run) }

    @Sendable private func run(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let arrival = ContinuousClock.now
        let bytes = try await request.jsonBody(upTo: limits.maxBodyBytes, within: limits.bodyTimeout)
        let body = try RunBody(parsing: bytes.readableBytesView, hasArchive: hasArchive)
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
        run.restores = body.restores
        run.requestID = context.requestID
        let asEvents = Accept(request.headers).asksForEvents
        // What can only be refused is refused before it is asked who it is from.
        if run.idempotency == nil, runs.isFull { throw Problem(.overloaded) }

        let claimed = run
        let identity = try await callers.principal(of: body.context) { principal in
            var request = claimed
            request.principal = principal
            return try await runs.recall(request)
        }
        switch identity {
        case .replied(let earlier): return replay(earlier, asEvents: asEvents, logger: logger)
        case .principal(let principal): run.principal = principal
        }
        let hosted = try await runs.start(run, isStreamed: asEvents, logger: logger)
        if asEvents {
            await hosted.log.begun()
            if hosted.log.record.startedAt != nil { return events(of: hosted, context, logger) }
        }
        let reply = try await hosted.reply()
        return reply.isReplay ? replay(reply, asEvents: asEvents, logger: logger) : Response(jsonBytes: reply.bytes)
    }

    private func events(of run: HostedRun, _ context: ParleyRequestContext, _ logger: Logger) -> Response {
        EventStream(
            source: AnsweredEvents(run: run),
            own: run.log,
            settings: limits.streams,
            instance: context.requestID,
            connection: context.channel,
            logger: logger
        ).response(after: 0)
    }

    /// The answer of an earlier run. As events it has no ids: what is behind them is not to be asked for.
    private func replay(_ reply: RunReply, asEvents: Bool, logger: Logger) -> Response {
        logger.info("Run replayed")
        var response = Response(jsonBytes: reply.bytes)
        if asEvents {
            var body = ByteBuffer()
            for event in EncodedEvent.replay(of: reply.bytes) { body.write(.unnumbered(event), instance: "") }
            response = Response(status: .ok, headers: EventStream.headers, body: ResponseBody(byteBuffer: body))
        }
        response.headers[.idempotentReplayed] = "true"
        return response
    }
}

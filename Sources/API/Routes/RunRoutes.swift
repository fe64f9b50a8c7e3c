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
        let asEvents = Accept(request.headers).asksForEvents
        let asked = try await read(request, named: context.requestID)
        var logger = context.logger
        logger[metadataKey: "run_id"] = .string(asked.runID.text)
        // What can only be refused is refused before it is asked who it is from.
        if asked.idempotency == nil, runs.isFull { throw Problem(.overloaded) }

        switch try await identity(of: asked) {
        case .replied(let earlier): return replay(earlier, asEvents: asEvents, logger: logger)
        case .principal(let principal):
            let run = try await runs.start(asked.of(principal), isStreamed: asEvents, logger: logger)
            if asEvents, let stream = await stream(of: run, context, logger) { return stream }
            let reply = try await run.reply()
            return reply.isReplay ? replay(reply, asEvents: asEvents, logger: logger) : Response(jsonBytes: reply.bytes)
        }
    }

    // Its parts are not inlined: what one of them needs would be held for all runs in flight.

    @inline(never)
    private func identity(of request: RunRequest) async throws -> Callers.Identity {
        try await callers.principal(of: request.context) { try await runs.recall(request.of($0)) }
    }

    /// What is asked for. The body that told it is not held while the run lives.
    @inline(never)
    private func read(_ request: Request, named requestID: String) async throws -> RunRequest {
        let arrival = ContinuousClock.now
        let bytes = try await request.jsonBody(upTo: limits.maxBodyBytes, within: limits.bodyTimeout)
        let body = try RunBody(parsing: bytes.readableBytesView, hasArchive: hasArchive)
        return RunRequest(
            runID: RunID(),
            session: body.session,
            principal: Principal(userID: body.context.user.id),
            idempotency: try Idempotency(request.headers, identity: body.identity),
            ifBusy: body.ifBusy,
            timeToLive: body.timeToLive,
            restores: body.restores,
            prompt: body.prompt,
            context: body.context,
            arrival: arrival,
            requestID: requestID
        )
    }

    /// The run's events once it has begun; `nil` when it ended before.
    @inline(never)
    private func stream(
        of run: HostedRun,
        _ context: ParleyRequestContext,
        _ logger: Logger
    ) async -> Response? {
        await run.log.begun()
        guard run.log.record.startedAt != nil else { return nil }
        return EventStream(
            source: AnsweredEvents(run: run),
            own: run.log,
            settings: limits.streams,
            instance: context.requestID,
            connection: context.channel,
            logger: logger
        ).response(after: 0)
    }

    /// The answer of an earlier run. As events it has no ids: what is behind them is not to be asked for.
    @inline(never)
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

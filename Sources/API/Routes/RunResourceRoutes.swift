import Agent
import Hummingbird
import Logging

/// `GET /agent/runs/{id}`, `GET /agent/runs/{id}/events`, `POST /agent/runs/{id}/cancel`: runs of any worker.
struct RunResourceRoutes {
    let runs: RunHost
    let callers: Callers
    let streams: StreamSettings

    func add(to router: Router<ParleyRequestContext>) {
        router.get("agent/runs/:id", use: show)
        router.get("agent/runs/:id/events", use: follow)
        router.post("agent/runs/:id/cancel", use: cancel)
    }

    @Sendable private func show(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let caller = try await callers.caller(of: request)
        guard let run = try await runs.run(runID(context), for: caller) else { throw Problem(.notFound) }
        return Response(jsonBytes: run.json(instance: context.requestID))
    }

    @Sendable private func follow(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let cursor = try lastEvent(request)
        let caller = try await callers.caller(of: request)
        let id = try runID(context)
        let own = runs.find(id, for: caller)?.log
        let source = own ?? runs.events(of: id, for: caller)
        guard let page = try await source.page(after: cursor) else { throw Problem(.notFound) }
        // An `EventSource` of a browser comes back after the end, too, unless it is told that there is no more.
        if page.end == .ended, page.events.isEmpty { return Response(status: .noContent) }
        var logger = context.logger
        logger[metadataKey: "run_id"] = .string(id.text)
        return EventStream(
            source: source,
            own: own,
            settings: streams,
            instance: context.requestID,
            connection: context.channel,
            logger: logger
        ).response(after: cursor)
    }

    @Sendable private func cancel(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let caller = try await callers.caller(of: request)
        let id = try runID(context)
        guard let state = try await runs.cancel(id, for: caller) else { throw Problem(.notFound) }
        return Response(
            json: ["run_id": .string(id.text), "state": .string(state.rawValue)],
            status: state.isEnd ? .ok : .accepted
        )
    }

    /// The run that the path names. What was never the id of a run is none.
    private func runID(_ context: ParleyRequestContext) throws(Problem) -> RunID {
        let text = context.parameters.get("id") ?? ""
        let digits = text.dropFirst(4)
        guard text.hasPrefix("run_"), digits.utf8.count == 32, digits.allSatisfy({ "0123456789abcdef".contains($0) })
        else { throw Problem(.notFound) }
        return RunID(stored: text)
    }

    /// The number of the event that the client had last; 0 for a client that has none.
    private func lastEvent(_ request: Request) throws(Problem) -> Int {
        guard let text = request.headers[.lastEventID], !text.isEmpty else { return 0 }
        guard let id = EventID(text) else {
            let message = "must be the id of an event, such as 7-0"
            throw Problem(.invalid, errors: [Problem.FieldError(field: "Last-Event-ID", message: message)])
        }
        return id.number
    }
}

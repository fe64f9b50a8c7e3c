import Agent
import Hummingbird
import Logging

/// `GET /agent/sessions`, `POST /agent/session/cleanup`: what operators do. The list exists only where there are any.
struct OperatorRoutes {
    let store: any SessionStore
    let operators: Operators
    let limits: APIConfiguration

    func add(to router: Router<ParleyRequestContext>) {
        if operators.token != nil { router.get("agent/sessions", use: list) }
        router.post("agent/session/cleanup", use: cleanup)
    }

    @Sendable private func list(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        try admit(request)
        let page = try await store.list(SessionQuery(Parameters(of: request)))
        return Response(json: page.json)
    }

    @Sendable private func cleanup(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        try admit(request)
        let dryRun = try await isDryRun(request)
        let count = try await store.cleanup(dryRun: dryRun)
        if dryRun { return Response(json: ["status": "dry_run", "removed": 0, "stale": .int(count)]) }
        context.logger.notice("Sessions cleaned up", metadata: ["removed": "\(count)"])
        return Response(json: ["status": "cleaned", "removed": .int(count)])
    }

    /// Who may clean up where there is no operator: everyone.
    private func admit(_ request: Request) throws(Problem) {
        guard operators.token == nil || operators.include(request) else { throw Problem(.unauthorized) }
    }

    /// Whether the query or the body asks to count only: `?dry_run=true`, `{"dry_run":true}`.
    private func isDryRun(_ request: Request) async throws -> Bool {
        var parameters = Parameters(of: request)
        let inQuery = parameters.bool("dry_run")
        try parameters.finish()
        let body = try await request.optionalJSONBody(upTo: limits.maxBodyBytes, within: limits.bodyTimeout)
        var fields = FieldReader(try body.map { try members(parsing: $0.readableBytesView) } ?? [:])
        let inBody = fields.optionalBool("dry_run")
        try fields.finish()
        return inQuery == true || inBody == true
    }
}

import Agent
import Hummingbird

/// `GET /health`: alive, whatever else is down. `GET /ready`: the session store can be used and the worker is not draining.
struct HealthRoutes {
    let store: any SessionStore
    let archive: (any SessionArchive)?
    let parts: WorkerParts
    let isDraining: @Sendable () -> Bool

    func add(to router: Router<ParleyRequestContext>) {
        let health: JSONValue = [
            "status": "ok",
            "store": .string(parts.store),
            "model": .string(parts.model),
            "tools": .string(parts.tools),
        ]
        let body = health.encoded()
        router.get("health") { [archive] _, _ in
            guard let archive, case .object(var members) = health else { return Response(jsonBytes: body) }
            members["archive"] = archive.status.json
            return Response(json: .object(members))
        }
        router.get("ready", use: ready)
    }

    @Sendable private func ready(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        guard !isDraining() else { throw Problem(.draining) }
        try await store.check()
        return Response(json: ["status": "ready"])
    }
}

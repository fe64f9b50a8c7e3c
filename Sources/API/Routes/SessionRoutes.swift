import Agent
import Foundation
import Hummingbird
import Logging

/// `GET` and `DELETE /agent/session/{id}`
struct SessionRoutes {
    let store: any SessionStore
    let eraser: Eraser
    let callers: Callers

    func add(to router: Router<ParleyRequestContext>) {
        router.get("agent/session/:id", use: show)
        router.delete("agent/session/:id", use: clear)
    }

    @Sendable private func show(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let id = try sessionID(context)
        guard let session = try await store.load(id, for: callers.caller(of: request)) else { throw Problem(.notFound) }
        // The bytes go out as they are: make sure that they are what they should be.
        guard (try? Conversation(stored: session.history)) != nil else { throw Problem(.historyUnreadable) }
        return Response(jsonBytes: session.json(id: id))
    }

    @Sendable private func clear(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let id = try sessionID(context)
        var parameters = Parameters(of: request)
        let erases = parameters.bool("erase") ?? false
        try parameters.finish()
        let caller = try await callers.caller(of: request)
        guard erases else {
            let cleared = try await store.clear(id, for: caller)
            if caller == .operator {
                context.logger.notice("Session cleared by an operator", metadata: ["found": "\(cleared)"])
            }
            return Response(json: ["status": "cleared", "session_id": .string(id.text)])
        }
        let receipt = try await eraser.erase(id, for: caller)
        context.logger.notice(
            "Session erased",
            metadata: ["by_operator": "\(caller == .operator)", "receipt": "\(receipt.number ?? 0)"]
        )
        return Response(json: ["status": "cleared", "session_id": .string(id.text), "receipt": receipt.json])
    }

    private func sessionID(_ context: ParleyRequestContext) throws(Problem) -> SessionID {
        let text = context.parameters.get("id").flatMap(\.removingPercentEncoding) ?? ""
        guard let id = SessionID(text) else {
            throw Problem(.invalid, errors: [Problem.FieldError(field: "session_id", message: SessionID.rule)])
        }
        return id
    }
}

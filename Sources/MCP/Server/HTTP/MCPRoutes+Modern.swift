import Agent
import HTTPTypes
import Hummingbird

/// MCP 2026-07-28: each request stands for itself, and whoever closes its connection cancels it.
extension MCPRoutes {
    func modern(
        _ message: JSONRPCMessage,
        _ exchange: Exchange,
        _ context: MCPRequestContext
    ) async throws -> Response {
        switch message {
        case .request(let id, let method, let params):
            if let error = ModernHeaders(exchange.request.headers).mismatch(method: method, params: params) {
                return Response(.error(id: id, error: error), status: error.modernStatus)
            }
        case .notification: return Response(status: .accepted)
        case .result, .error: return Response(refusal: .badRequest, "Nothing was asked that this could answer.")
        }
        let client = server.client()
        switch client.received(message, isModern: true) {
        case .nothing: return Response(status: .accepted)
        case .now(let answer): return response(answer)
        case .later(let job, let cancelled):
            let end = try await context.connectionEnd
            end.watch { client.cancelAll() }
            if exchange.wantsEvents(job) {
                return Response { writer in
                    defer { end.unwatch() }
                    try await events(job, of: client, cancelled: cancelled, exchange, into: &writer)
                }
            }
            defer { end.unwatch() }
            return response(await server.answer(job, tokens: exchange.request.tokens, cancelled: cancelled))
        }
    }

    private func response(_ answer: JSONRPCMessage) -> Response {
        guard case .error(_, let error) = answer else { return Response(answer) }
        return Response(answer, status: error.modernStatus)
    }
}

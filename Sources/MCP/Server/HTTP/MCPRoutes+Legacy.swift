import Agent
import HTTPTypes
import Hummingbird

/// MCP up to 2025-11-25: requests belong to a session, and go on when their connection is lost.
extension MCPRoutes {
    func legacy(_ messages: IncomingMessages, _ exchange: Exchange) async -> Response {
        if case .one(let message) = messages, case .request(_, Method.initialize, _) = message { return open(message) }
        let headers = exchange.request.headers
        let version = headers[.mcpVersion]
        if let version, ProtocolVersion(rawValue: version).era == nil {
            return Response(.error(id: messages.id, error: .unsupported(version)), status: .badRequest)
        }
        guard let id = headers[.mcpSession] else {
            return refusal(.badRequest, "\(HeaderName.session) is missing: begin with initialize.", messages)
        }
        guard let client = sessions[id] else {
            return refusal(.notFound, "There is no such session: begin with initialize.", messages)
        }
        switch messages {
        case .one(let message): return await answer(message, client, exchange)
        case .batch(let batch) where client.takesBatches:
            let (jobs, answers) = client.received(batch)
            let tokens = exchange.request.tokens
            let all = await server.answers(to: jobs, of: client, tokens: tokens, besides: answers)
            return JSONRPCMessage.encoded(batch: all).map { Response(json: $0) } ?? Response(status: .accepted)
        case .batch: return Response(.batchRefused, status: .badRequest)
        }
    }

    private func open(_ message: JSONRPCMessage) -> Response {
        let client = server.client()
        guard case .now(let answer) = client.received(message) else { return Response(status: .accepted) }
        var response = Response(answer)
        if case .result = answer {
            guard let id = sessions.open(client) else {
                return Response(refusal: .serviceUnavailable, "Too many sessions are in use.")
            }
            response.headers[.mcpSession] = id
        }
        return response
    }

    private func answer(_ message: JSONRPCMessage, _ client: ServedClient, _ exchange: Exchange) async -> Response {
        switch client.received(message) {
        case .nothing: return Response(status: .accepted)
        case .now(let answer): return Response(answer)
        case .later(let job, let cancelled):
            if exchange.wantsEvents(job) {
                return Response { writer in
                    try await events(job, of: client, cancelled: cancelled, exchange, into: &writer)
                }
            }
            let answer = await server.answer(job, tokens: exchange.request.tokens, cancelled: cancelled)
            // Nobody waits for the answer to what they have cancelled.
            return client.finished(job) ? Response(answer) : Response(status: .accepted)
        }
    }

    private func refusal(_ status: HTTPResponse.Status, _ text: String, _ messages: IncomingMessages) -> Response {
        Response(.error(id: messages.id, error: JSONRPCError(.invalidRequest, text)), status: status)
    }
}

extension IncomingMessages {
    /// The id of the one request; `nil` for anything else.
    fileprivate var id: RequestID? {
        if case .one(.request(let id, _, _)) = self { id } else { nil }
    }
}

import Agent
import HTTPTypes
import Hummingbird

/// Streamable HTTP, both eras on one path.
struct MCPRoutes: Sendable {
    let server: MCPServer
    let sessions: HTTPSessions
    let settings: MCPHTTPSettings

    func add(to group: RouterGroup<MCPRequestContext>) {
        group.post(use: post)
        group.delete(use: delete)
        // The server has nothing to say outside of answers.
        group.get { _, _ in
            var response = Response(refusal: .methodNotAllowed, "There is no stream to listen to.")
            response.headers[.allow] = "POST, DELETE"
            return response
        }
        group.on("", method: .options) { _, _ in Response(status: .noContent) }
    }

    @Sendable private func post(_ request: Request, context: MCPRequestContext) async throws -> Response {
        guard request.isJSON else {
            return Response(refusal: .unsupportedMediaType, "Send application/json.")
        }
        let accepted = AcceptedTypes(request.headers[.accept])
        guard accepted.json || accepted.events else {
            return Response(refusal: .notAcceptable, "Accept application/json and text/event-stream.")
        }
        let bytes: [UInt8]
        do {
            bytes = try await request.wholeBody(upTo: server.settings.maxMessageBytes, within: settings.bodyTimeout)
        } catch BodyError.tooLarge {
            return Response(refusal: .contentTooLarge, "At most \(server.settings.maxMessageBytes) bytes are taken.")
        } catch BodyError.tooSlow {
            return Response(refusal: .requestTimeout, "The body did not arrive in time.")
        }
        let messages: IncomingMessages
        do throws(MalformedMessage) {
            messages = try IncomingMessages(parsing: bytes, maxBytes: server.settings.maxMessageBytes)
        } catch {
            return Response(JSONRPCMessage(refusing: error), status: .badRequest)
        }
        let exchange = Exchange(request: request, accepted: accepted)
        if case .one(let message) = messages, exchange.isModern(message) {
            return try await modern(message, exchange, context)
        }
        return await legacy(messages, exchange)
    }

    @Sendable private func delete(_ request: Request, context: MCPRequestContext) async throws -> Response {
        guard let id = request.headers[.mcpSession] else {
            return Response(refusal: .badRequest, "\(HeaderName.session) is missing.")
        }
        guard sessions.close(id) else { return Response(refusal: .notFound, "There is no such session.") }
        return Response(status: .noContent)
    }

    // MARK: Answers

    /// A request and what its client takes as an answer.
    struct Exchange: Sendable {
        let request: Request
        let accepted: AcceptedTypes

        /// Whether the message is of the modern era, by its header or by its body.
        func isModern(_ message: JSONRPCMessage) -> Bool {
            if request.headers[.mcpVersion].map({ ProtocolVersion(rawValue: $0).era }) == .modern { return true }
            guard case .request(_, _, let params) = message else { return false }
            return params["_meta"]?[MetaKey.protocolVersion] != nil
        }

        /// A stream where there is something to tell before the answer, or where the client wants nothing else.
        func wantsEvents(_ job: ServerJob) -> Bool {
            accepted.events && (job.progressToken != nil || !accepted.json)
        }
    }

    /// Does a job and answers with a stream. When the client is gone, the job goes on until somebody cancels it.
    @concurrent func events(
        _ job: ServerJob,
        of client: ServedClient,
        cancelled: AsyncStream<Never>,
        _ exchange: Exchange,
        into writer: inout any ResponseBodyWriter
    ) async throws {
        var isGone = false
        await server.run(job, tokens: exchange.request.tokens, cancelled: cancelled) { message in
            if message.isAnswer, !client.finished(job) { return }
            guard !isGone else { return }
            do { try await writer.write(message.event) } catch { isGone = true }
        }
        if !isGone { try await writer.finish(nil) }
    }
}

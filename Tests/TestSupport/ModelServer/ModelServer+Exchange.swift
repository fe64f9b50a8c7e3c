import Agent
import NIOCore
import NIOHTTP1

extension ModelServer {
    /// Why a request is answered with an error before anyone thinks about its content.
    struct Refusal: Error {
        var status: Int
        var type: String
        var message: String

        /// The parsed body of a request that is in order.
        static func check(_ head: HTTPRequestHead, _ body: [UInt8]) -> Result<JSONValue, Refusal> {
            guard head.uri.prefix(while: { $0 != "?" }).hasSuffix("/v1/messages") else {
                return refuse(404, "not_found_error", "there is no \(head.uri)")
            }
            guard head.method == .POST else { return refuse(405, "invalid_request_error", "method not allowed") }
            let bearer = head.headers.first(name: "authorization")?.hasPrefix("Bearer ") ?? false
            guard bearer || head.headers.first(name: "x-api-key")?.isEmpty == false else {
                return refuse(401, "authentication_error", "x-api-key header is required")
            }
            guard head.headers.first(name: "anthropic-version") == "2023-06-01" else {
                return refuse(400, "invalid_request_error", "anthropic-version: header is required")
            }
            guard head.headers.first(name: "content-type")?.hasPrefix("application/json") == true else {
                return refuse(400, "invalid_request_error", "content-type: must be application/json")
            }
            guard body.count <= 32 * 1024 * 1024 else {
                return refuse(413, "request_too_large", "the request exceeds the maximum size")
            }
            guard let json = try? JSONValue(parsing: body) else {
                return refuse(400, "invalid_request_error", "the request body is not valid JSON")
            }
            if let violation = MessagesAPIRules.violation(in: json) {
                return refuse(400, "invalid_request_error", violation)
            }
            return .success(json)
        }

        private static func refuse(_ status: Int, _ type: String, _ message: String) -> Result<JSONValue, Refusal> {
            .failure(Refusal(status: status, type: type, message: message))
        }
    }

    /// One answer on its way out.
    struct Exchange {
        /// `nil` when it was refused.
        var request: Request?
        var id: String
        var outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

        /// `false` when the connection must close.
        func deliver(_ answer: Answer) async throws -> Bool {
            await answer.delivery.hold?.wait()
            switch answer.form {
            case .hangUp: return false
            case .raw(let status, let contentType, let body):
                return try await send(status, contentType, answer, answer.delivery.pieces(of: body).map { .send($0) })
            case .error(let status, let type, let message):
                let body = errorBody(type, message).encoded()
                let end = answer.delivery.holdAtEnd.map { [Delivery.Step.wait($0)] } ?? []
                return try await send(status, "application/json", answer, [.send(body)] + end)
            case .message(let message):
                let model = request?.json["model"] ?? .null
                guard request?.json["stream"] == .bool(true), !answer.delivery.asJSON else {
                    let body = message.body(model: model, id: "msg_\(id)").encoded()
                    let pieces = answer.delivery.pieces(of: body)
                    return try await send(200, "application/json", answer, pieces.map { .send($0) })
                }
                let events = message.events(model: model, id: "msg_\(id)", deltaLength: answer.delivery.deltaLength)
                let steps = answer.delivery.steps(for: events)
                return try await send(200, "text/event-stream; charset=utf-8", answer, steps)
            }
        }

        private func send(
            _ status: Int,
            _ contentType: String,
            _ answer: Answer,
            _ steps: [Delivery.Step]
        ) async throws -> Bool {
            var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
            headers.replaceOrAdd(name: "content-type", value: contentType)
            headers.replaceOrAdd(name: "request-id", value: id)
            try await outbound.write(
                .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers))
            )
            for step in steps {
                switch step {
                case .send(let bytes): try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
                case .wait(let gate): await gate.wait()
                case .pause(let pause): try await Task.sleep(for: pause)
                case .tell(let listener, let number): listener(number)
                case .hangUp: return false
                }
            }
            try await outbound.write(.end(nil))
            return true
        }
    }
}

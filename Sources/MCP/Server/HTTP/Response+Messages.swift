import Agent
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// One message as JSON.
    init(_ message: JSONRPCMessage, status: HTTPResponse.Status = .ok) {
        self.init(json: message.encoded(), status: status)
    }

    init(json: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json))
        )
    }

    /// A request that is refused for what its HTTP says.
    init(refusal status: HTTPResponse.Status, _ message: String) {
        self.init(.error(id: nil, error: JSONRPCError(.invalidRequest, message)), status: status)
    }

    /// A stream of events; `write` ends it.
    init(events write: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void) {
        self.init(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-cache, no-transform", .xAccelBuffering: "no",
            ],
            body: ResponseBody(write)
        )
    }
}

extension HTTPField.Name {
    /// Keeps nginx from collecting a stream before it passes it on.
    fileprivate static let xAccelBuffering: HTTPField.Name = {
        guard let name = HTTPField.Name("X-Accel-Buffering") else { preconditionFailure() }
        return name
    }()
}

extension JSONRPCMessage {
    /// The message as one server-sent event. JSON has no line ends of its own here.
    var event: ByteBuffer {
        ByteBuffer(bytes: Array("event: message\ndata: ".utf8) + encoded() + Array("\n\n".utf8))
    }
}

extension JSONRPCError {
    /// The status under which the modern era sends it.
    var modernStatus: HTTPResponse.Status {
        switch knownCode {
        case .methodNotFound: .notFound
        case .internalError, nil: .ok
        default: .badRequest
        }
    }
}

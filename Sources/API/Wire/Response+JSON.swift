import Agent
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// A response with one JSON document as its body.
    init(json: JSONValue, status: HTTPResponse.Status = .ok) { self.init(jsonBytes: json.encoded(), status: status) }

    /// The same for a document that is encoded already.
    init(jsonBytes: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: jsonBytes))
        )
    }
}

import HTTPTypes
import Hummingbird
import Logging

/// Names each request: by the client's `X-Request-Id` if that is short and plain, else by a name of its own; puts the name
/// on every log line and on the response.
struct RequestIDs: RouterMiddleware {
    typealias Context = ParleyRequestContext

    func handle(
        _ request: Request,
        context: Context,
        next: Next
    ) async throws -> Response {
        var context = context
        let offered = request.headers[.requestID]
        let id = offered.flatMap { Self.isPlain($0) ? $0 : nil } ?? Self.make()
        context.requestID = id
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = .string(id)
        var response = try await next(request, context)
        response.headers[.requestID] = id
        return response
    }

    private static func isPlain(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    private static func make() -> String { String(UInt64.random(in: 1 << 60 ... .max), radix: 16) }
}

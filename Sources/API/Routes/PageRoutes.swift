import ChatPage
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /` and the files of the chat page. Browsers ask each time whether theirs is still good: a new worker's page is seen
/// at once, and never with another worker's scripts for longer than one reload.
struct PageRoutes {
    let assets: [PageAsset]

    func add(to router: Router<ParleyRequestContext>) {
        for asset in assets {
            let body = ByteBuffer(bytes: asset.bytes)
            for method in [HTTPRequest.Method.get, .head] {
                router.on(RouterPath(asset.path), method: method) { request, _ in
                    Self.response(to: request, with: asset, body)
                }
            }
        }
    }

    private static func response(to request: Request, with asset: PageAsset, _ body: ByteBuffer) -> Response {
        var headers = headers
        headers[.eTag] = asset.entityTag
        // RFC 9110, section 13.1.2: compared weakly, for a proxy that compresses may have weakened it.
        let known = request.headers[values: .ifNoneMatch].joined(separator: ",").split(separator: ",")
        let isKnown = known.contains { tag in
            let tag = tag.filter { $0 != " " }
            return tag == "*" || tag == asset.entityTag || tag == "W/" + asset.entityTag
        }
        guard !isKnown else { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = asset.contentType
        headers[.contentLength] = String(body.readableBytes)
        let isHead = request.method == .head
        return Response(status: .ok, headers: headers, body: isHead ? ResponseBody() : ResponseBody(byteBuffer: body))
    }

    /// The page runs its own scripts and speaks to its own service, whatever a model's answer may hold; and nobody shows it
    /// inside a page of theirs.
    private static let headers: HTTPFields = [
        .cacheControl: "no-cache",
        .contentSecurityPolicy: [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
            "require-trusted-types-for 'script'", "trusted-types 'none'",
        ].joined(separator: "; "),
        .referrerPolicy: "no-referrer",
        .xContentTypeOptions: "nosniff",
    ]
}

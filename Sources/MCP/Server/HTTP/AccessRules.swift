import HTTPTypes
import Hummingbird

/// Which requests may come in at all. Source: MCP, Streamable HTTP, "Security Warning".
struct AccessRules: Sendable {
    let hosts: Set<String>?
    let origins: Set<String>

    func allows(host: String?) -> Bool {
        guard let hosts else { return true }
        return host.map { hosts.contains(Self.name(of: $0)) } ?? false
    }

    /// Requests that no web page makes have no origin. Pages of this very server are allowed where its names are known.
    func allows(origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if origins.contains(origin) { return true }
        guard hosts != nil, let host = host?.lowercased() else { return false }
        return origin == "http://" + host || origin == "https://" + host
    }

    /// `authority` without its port.
    private static func name(of authority: String) -> String {
        let authority = authority.lowercased()
        if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }) + "]" }
        return String(authority.prefix { $0 != ":" })
    }
}

/// Applies ``AccessRules``, and lets the pages that they allow read the answers.
struct AccessCheck<Context: RequestContext>: RouterMiddleware {
    let rules: AccessRules

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let origin = request.headers[.origin]
        guard rules.allows(host: request.head.authority) else {
            return Response(refusal: .forbidden, "This host name is not served here.")
        }
        guard rules.allows(origin: origin, host: request.head.authority) else {
            return Response(refusal: .forbidden, "Pages of this origin are not served here.")
        }
        var response = request.method == .options ? Self.preflight : try await next(request, context)
        if let origin {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlExposeHeaders] = HeaderName.session
            response.headers[.vary] = "Origin"
        }
        return response
    }

    private static var preflight: Response {
        let names = [
            "Accept", "Content-Type", HeaderName.protocolVersion, HeaderName.session, HeaderName.method,
            HeaderName.name, HeaderName.taigaAuthToken, HeaderName.taigaRefreshToken,
        ]
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "POST, DELETE", .accessControlAllowHeaders: names.joined(separator: ", "),
                .accessControlMaxAge: "3600",
            ]
        )
    }
}

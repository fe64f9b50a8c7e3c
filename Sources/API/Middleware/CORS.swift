import HTTPTypes
import Hummingbird

/// Which web pages may call the service.
package enum AllowedOrigins: Sendable, Equatable {
    case all
    /// Just these, such as `https://app.example.com`.
    case only(Set<String>)
}

/// Cross-origin headers for any number of allowed origins, each by Hummingbird's middleware. Never with credentials.
struct CORS: RouterMiddleware {
    typealias Context = ParleyRequestContext

    private let origins: AllowedOrigins
    /// Hummingbird's, for pages that may call the service and for those that may not.
    private let admitting: CORSMiddleware<Context>
    private let refusing: CORSMiddleware<Context>

    init(origins: AllowedOrigins) {
        self.origins = origins
        admitting = Self.allowing(origins == .all ? .all : .originBased)
        refusing = Self.allowing(.none)
    }

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: Next
    ) async throws -> Response {
        var response = try await headers(for: request).handle(request, context: context, next: next)
        // Hummingbird says it on preflights, where browsers do not look for it.
        if response.headers[.accessControlAllowOrigin] != nil {
            response.headers[.accessControlExposeHeaders] = Self.exposedHeaders
        }
        return response
    }

    private static let exposedHeaders = "Retry-After, Idempotent-Replayed, X-Request-Id"

    private func headers(for request: Request) -> CORSMiddleware<Context> {
        switch origins {
        case .all: admitting
        case .only(let allowed): request.headers[.origin].map(allowed.contains) == true ? admitting : refusing
        }
    }

    private static func allowing(_ origin: CORSMiddleware<Context>.AllowOriginExtended) -> CORSMiddleware<Context> {
        CORSMiddleware(
            allowOrigin: origin,
            allowHeaders: [
                .accept, .authorization, .contentType, .origin, .requestID, .idempotencyKey, .sessionID, .lastEventID,
            ],
            allowMethods: [.get, .post, .delete, .options],
            maxAge: .hours(1)
        )
    }
}

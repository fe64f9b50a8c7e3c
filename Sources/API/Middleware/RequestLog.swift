import Hummingbird
import Logging

/// One log line per request: method, route pattern, status and duration. Never the path itself, since it holds session
/// ids. Probes are logged at `debug`.
struct RequestLog: RouterMiddleware {
    typealias Context = ParleyRequestContext

    private static let probes: Set<String> = ["/health", "/ready"]

    func handle(
        _ request: Request,
        context: Context,
        next: Next
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let route = context.endpointPath ?? "none"
        context.logger.log(
            level: Self.probes.contains(route) ? .debug : .info,
            "Request",
            metadata: [
                "method": "\(request.method)",
                "route": "\(route)",
                "status": "\(response.status.code)",
                "duration_ms": .string((ContinuousClock.now - start).millisecondsText),
            ]
        )
        return response
    }
}

extension Duration {
    /// In milliseconds with three decimals.
    fileprivate var millisecondsText: String {
        let (seconds, attoseconds) = components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let decimals = String(microseconds % 1000)
        return String(microseconds / 1000) + "." + String(repeating: "0", count: 3 - decimals.utf8.count) + decimals
    }
}

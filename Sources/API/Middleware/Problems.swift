import Agent
import Hummingbird
import Logging

/// Turns whatever a route throws into a problem. What no route expects is logged and shown as `internal`.
struct Problems: RouterMiddleware {
    typealias Context = ParleyRequestContext

    func handle(
        _ request: Request,
        context: Context,
        next: Next
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return problem(for: error, logger: context.logger).response(instance: context.requestID)
        }
    }

    private func problem(for error: any Error, logger: Logger) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as RunError:
            logger.warning("Run failed", metadata: ["error": "\(error)"])
            return Problem(error)
        case let error as AuthenticationError:
            logger.notice("Caller not known", metadata: ["error": "\(error)"])
            return Problem(error)
        case let error as DirectoryError:
            logger.notice("Taiga told nothing", metadata: ["error": "\(error)"])
            return Problem(error)
        case let error as StoreError:
            logger.warning("Session store failed", metadata: ["error": "\(error)"])
            return Problem(error)
        default: break
        }
        if let error = error as? any HTTPResponseError, let problem = Problem(error) { return problem }
        logger.error("Unexpected error", metadata: ["error": "\(error)"])
        return Problem(.internal)
    }
}

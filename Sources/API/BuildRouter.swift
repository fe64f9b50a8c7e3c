package import Agent
import ChatPage
package import Hummingbird

/// Every route of a worker, with the middleware that they share.
///
/// - Parameters:
///   - authenticator: tells who asks; `nil`: nobody has to show who they are.
///   - isDraining: whether this worker is to be given no more work.
package func buildRouter(
    runs: RunHost,
    store: any SessionStore,
    parts: WorkerParts,
    authenticator: (any Authenticator)? = nil,
    isDraining: @escaping @Sendable () -> Bool = { false },
    configuration: APIConfiguration
) -> Router<ParleyRequestContext> {
    let router = Router(context: ParleyRequestContext.self)
    router.addMiddleware {
        RequestIDs()
        RequestLog()
        CORS(origins: configuration.allowedOrigins)
        Problems()
    }
    let operators = Operators(token: configuration.operatorToken)
    let callers = Callers(operators: operators, authenticator: authenticator)
    RunRoutes(runs: runs, callers: callers, limits: configuration).add(to: router)
    RunResourceRoutes(runs: runs, callers: callers, streams: configuration.streams).add(to: router)
    SessionRoutes(store: store, callers: callers).add(to: router)
    OperatorRoutes(store: store, operators: operators, limits: configuration).add(to: router)
    PageRoutes(assets: PageAsset.all).add(to: router)
    HealthRoutes(store: store, parts: parts, isDraining: isDraining).add(to: router)
    return router
}

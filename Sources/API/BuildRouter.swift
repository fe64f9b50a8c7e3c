package import Agent
package import Hummingbird

/// Every route of a worker, with the middleware that they share.
package func buildRouter(
    runner: Runner,
    store: any SessionStore,
    parts: WorkerParts,
    configuration: APIConfiguration
) -> Router<ParleyRequestContext> {
    let router = Router(context: ParleyRequestContext.self)
    router.addMiddleware {
        RequestIDs()
        RequestLog()
        CORS(origins: configuration.allowedOrigins)
        Problems()
    }
    RunRoutes(runner: runner, limits: configuration).add(to: router)
    let operators = Operators(token: configuration.operatorToken)
    SessionRoutes(store: store, operators: operators).add(to: router)
    OperatorRoutes(store: store, operators: operators, limits: configuration).add(to: router)
    HealthRoutes(store: store, parts: parts).add(to: router)
    return router
}

package import Agent
import ChatPage
package import Hummingbird

/// Every route of a worker, with the middleware that they share.
///
/// - Parameters:
///   - archive: keeps what the store forgets; `nil`: nobody does.
///   - authenticator: tells who asks; `nil`: nobody has to show who they are.
///   - directory: what users may see of the project-management system; `nil`: nobody can tell.
///   - isDraining: whether this worker is to be given no more work.
package func buildRouter(
    runs: RunHost,
    store: any SessionStore,
    archive: (any SessionArchive)? = nil,
    parts: WorkerParts,
    authenticator: (any Authenticator)? = nil,
    directory: (any ProjectDirectory)? = nil,
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
    RunRoutes(runs: runs, callers: callers, limits: configuration, hasArchive: archive != nil).add(to: router)
    RunResourceRoutes(runs: runs, callers: callers, streams: configuration.streams).add(to: router)
    SessionRoutes(store: store, eraser: Eraser(store: store, archive: archive), callers: callers).add(to: router)
    OperatorRoutes(store: store, operators: operators, limits: configuration).add(to: router)
    PageRoutes(assets: PageAsset.all).add(to: router)
    if let directory { DirectoryRoutes(directory: directory, limits: configuration).add(to: router) }
    HealthRoutes(store: store, archive: archive, parts: parts, isDraining: isDraining).add(to: router)
    ContractRoutes().add(to: router)
    router.refuseOtherMethods()
    return router
}

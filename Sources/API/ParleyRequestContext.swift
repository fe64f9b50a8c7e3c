package import Hummingbird

/// What middleware and routes know about the request at hand.
package struct ParleyRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The request's name in logs, headers and problems.
    package var requestID = ""

    package init(source: Source) { coreContext = .init(source: source) }
}

/// The rest of the chain, as a middleware calls it. Hummingbird's closures leave the caller's executor.
typealias Next = @concurrent (Request, ParleyRequestContext) async throws -> Response

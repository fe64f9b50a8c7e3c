package import Hummingbird
import NIOCore

/// What middleware and routes know about the request at hand.
package struct ParleyRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The request's name in logs, headers and problems.
    package var requestID = ""
    /// The connection that the request came on.
    let channel: any Channel

    package init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// The rest of the chain, as a middleware calls it. Hummingbird's closures leave the caller's executor.
typealias Next = @concurrent (Request, ParleyRequestContext) async throws -> Response

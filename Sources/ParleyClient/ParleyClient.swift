public import Foundation

#if canImport(FoundationNetworking)
public import FoundationNetworking
#endif

/// A client of a Parley service, for one user.
///
/// It uses nothing but Foundation, and nothing that iOS 17 and macOS 14 do not have. All copies of a client share their
/// connections and the user's tokens.
///
/// Requests are sent again, under the same `Idempotency-Key`, when they were not answered or the service asks for that; see
/// ``RetryPolicy``. Cancelling a task stops its transfer, and never a run: that is what ``cancel(run:)`` and
/// ``Request/cancelsRunWithTask`` are for.
public struct ParleyClient: Sendable {
    let link: ServiceLink

    /// - Parameters:
    ///   - url: where the service is, such as `https://parley.example.com`; it may have a path, and has no query.
    ///   - context: what runs act on, and for whom.
    ///   - tokens: the user's Taiga tokens; where the service asks nobody who they are, any texts.
    ///   - settings: how patient it is.
    ///   - configure: changes the configuration of the client's `URLSession`.
    ///   - onRefresh: told of the tokens that replaced the user's, before the answer is: keep them, the old ones are dead. The
    ///     client itself goes on with the new ones.
    public init(
        url: URL,
        context: Context,
        tokens: TokenPair,
        settings: Settings = Settings(),
        configure: (URLSessionConfiguration) -> Void = { _ in },
        onRefresh: @escaping @Sendable (TokenPair) async -> Void = { _ in }
    ) {
        link = ServiceLink(
            url: url,
            context: context,
            settings: settings,
            tokens: Tokens(tokens, onRefresh: onRefresh),
            transport: Transport(configure)
        )
    }

    /// How patient a client is.
    public struct Settings: Sendable, Hashable {
        public var retry = RetryPolicy()
        /// How long the service may say nothing. A run answers within half a minute, unless the service is set otherwise, and
        /// a stream of events is never silent for longer than 15 s.
        public var silence = Duration.seconds(45)

        public init() {}
    }

    /// The user's tokens as they are now. Setting them is for a user who has signed in again.
    public var tokens: TokenPair {
        get { link.tokens.current }
        nonmutating set { link.tokens.current = newValue }
    }

    // MARK: Runs

    /// Runs a prompt and returns its answer.
    public func send(_ request: Request) async throws(ParleyError) -> Answer {
        let reader = RunReader(request, over: link, asEvents: false)
        while let event = try await reader.event() {
            if case .finished(let answer) = event { return answer }
        }
        throw .streamEnded
    }

    /// Runs a prompt and tells what happens meanwhile. The run begins with the iteration.
    public func stream(_ request: Request) -> RunEvents { RunEvents(source: .request(request), link: link) }

    /// Tells what has happened in a run from its beginning on, and what happens. It may be another device's run.
    ///
    /// New tokens (``Answer/auth``) are told only to whoever sent the prompt.
    public func watch(run id: String) -> RunEvents { RunEvents(source: .run(id), link: link) }

    /// How far a run is. A run is known for five minutes after its end.
    public func status(ofRun id: String) async throws(ParleyError) -> RunStatus {
        try await link.value(RunStatus.self, of: .status(of: id))
    }

    /// Stops a run, on whichever worker it is. What it has done is kept, and its watchers are told.
    /// - Returns: its state before.
    @discardableResult
    public func cancel(run id: String) async throws(ParleyError) -> RunState {
        try await link.value(Cancelled.self, of: .cancel(id, session: nil)).state
    }

    private struct Cancelled: Decodable { var state: RunState }
}

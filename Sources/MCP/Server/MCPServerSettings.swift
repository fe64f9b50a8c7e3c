package import Agent

/// How a server presents itself, what it does for clients that say less than Parley's own, and what bounds it.
package struct MCPServerSettings: Sendable {
    /// The name and version that clients are shown.
    package var name = "parley"
    package var version = "1.0"
    /// What clients may tell their model about the server.
    package var instructions = """
        Tools that read and change one project of a Taiga project-management server, with the rights of the user whose \
        token they are given. Each call of a create tool creates another item.
        """

    /// The project, and what else of a request's context, that calls without a context of their own are about.
    package var project: DefaultProject?
    /// The token pair for calls that bring none; `nil`: there is none.
    package var credentials: RunCredentials?
    /// Whether a call without any token is refused. The sandbox knows no tokens.
    package var needsToken = true

    /// Calls that one client may have under way.
    package var maxCallsPerClient = 64
    /// Calls that all clients together may have under way.
    package var maxCalls = 1024
    /// After this a call is cancelled.
    package var callTimeout = Duration.seconds(120)
    /// How often a call that was asked for progress shows that it is still under way.
    package var progressInterval = Duration.seconds(5)
    /// Tools in one page of the list.
    package var pageSize = 100
    /// The largest message that is read.
    package var maxMessageBytes = 1_048_576

    package init() {}

    /// What foreign clients act on, who know nothing of Parley's context.
    package struct DefaultProject: Sendable, Equatable {
        package var id: Int
        /// 0: none.
        package var milestoneID: Int

        package init(id: Int, milestoneID: Int = 0) {
            self.id = id
            self.milestoneID = milestoneID
        }
    }
}

import Agent

/// For whom a request is, and what it may touch: what its `_meta` says, else what came beside it, else what the server
/// was started with.
struct CallScope: Sendable {
    private(set) var context: RunContext
    /// The tokens came with the request, so that a refreshed pair goes back with its answer. The server keeps its own.
    let bringsTokens: Bool
    /// What a call must have and this request lacks, in words that the caller can act on. A list does without.
    private(set) var missing: String?

    init(meta: [String: JSONValue], tokens: PresentedTokens, settings: MCPServerSettings) {
        let presented = tokens.credentials(overriddenBy: meta)
        bringsTokens = presented != nil
        context = RunContext(
            projectID: settings.project?.id ?? 0,
            milestoneID: settings.project?.milestoneID ?? 0,
            // Nobody in particular: the rights are those of the token.
            user: UserContext(id: 0, username: "", email: "", roles: [UserContext.anyRole]),
            credentials: presented ?? Credentials(authToken: Secret(""), refresh: Secret(""))
        )
        if presented == nil {
            // The server's own pair is one for all calls: a refresh by one of them is for the others too.
            if let own = settings.credentials {
                context.credentials = own
            } else if settings.needsToken {
                missing = Self.noToken
            }
        }
        if let stated = meta[MetaKey.context], stated != .null {
            if let caller = CallerContext(stated) {
                take(caller)
            } else {
                missing = "Not run: \(MetaKey.context) in the request's _meta is not complete."
            }
        } else if settings.project == nil {
            missing = missing ?? Self.noProject
        }
    }

    private mutating func take(_ caller: CallerContext) {
        context.projectID = caller.projectID
        context.milestoneID = caller.milestoneID
        context.userStoryID = caller.userStoryID
        context.user = UserContext(id: caller.userID, username: caller.username, email: "", roles: caller.roles)
    }

    private static let noToken = """
        Not run: there is no Taiga token. Over HTTP send it as \(HeaderName.taigaAuthToken) (and \
        \(HeaderName.taigaRefreshToken)); over stdio start the server with TAIGA_AUTH_TOKEN (and TAIGA_REFRESH_TOKEN) \
        in its environment.
        """
    private static let noProject = """
        Not run: there is no project. Start the server with --project (or TAIGA_PROJECT_ID), or send \
        \(MetaKey.context) in the request's _meta.
        """
}

import Agent

/// For whom a request is, and what it may touch: what its `_meta` says, else what came beside it, else what the server
/// was started with.
struct CallScope: Sendable {
    let context: RunContext
    /// The tokens came with the request, so that a refreshed pair goes back with its answer. The server keeps its own.
    let bringsTokens: Bool
    /// What a call must have and this request lacks, in words that the caller can act on. A list does without.
    let missing: String?

    init(meta: [String: JSONValue], tokens: PresentedTokens, settings: MCPServerSettings) {
        let presented = tokens.credentials(overriddenBy: meta)
        bringsTokens = presented != nil
        let stated = meta[MetaKey.context].flatMap { $0 == .null ? nil : $0 }
        let caller = stated.flatMap(CallerContext.init)
        // The server's own pair is one for all calls: a refresh by one of them is for the others too.
        let own = presented == nil ? settings.credentials : nil
        context = RunContext(
            projectID: caller?.projectID ?? settings.project?.id ?? 0,
            milestoneID: caller?.milestoneID ?? settings.project?.milestoneID ?? 0,
            userStoryID: caller?.userStoryID,
            user: caller.map(UserContext.init) ?? .nobodyInParticular,
            credentials: own ?? RunCredentials(presented ?? Credentials(authToken: Secret(""), refresh: Secret("")))
        )
        if stated != nil, caller == nil {
            missing = "Not run: \(MetaKey.context) in the request's _meta is not complete."
        } else if presented == nil, own == nil, settings.needsToken {
            missing = Self.noToken
        } else {
            missing = stated == nil && settings.project == nil ? Self.noProject : nil
        }
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

extension UserContext {
    fileprivate init(_ caller: CallerContext) {
        self.init(id: caller.userID, username: caller.username, email: "", roles: caller.roles)
    }

    /// The rights are those of the token.
    fileprivate static let nobodyInParticular = UserContext(id: 0, username: "", email: "", roles: [anyRole])
}

import Agent

/// The body of `POST /agent/run`.
struct RunBody {
    var session: SessionID?
    var prompt: String
    var ifBusy: IfBusy
    /// Seconds, when the request asks for another time to live.
    var timeToLive: Int?
    /// Whether a session that the store has forgotten is to go on from the archive.
    var restores: Bool
    var context: RunContext
    private let members: [String: JSONValue]

    /// Reads the body. Unknown fields are ignored, `null` means absent.
    /// - Throws: `malformed` for what is no JSON object, `invalid` with every wrong field.
    init(parsing bytes: some Collection<UInt8>, hasArchive: Bool) throws(Problem) {
        members = try API.members(parsing: bytes)
        var fields = FieldReader(members)
        let projectID = fields.id("project_id")
        let milestoneID = fields.id("milestone_id")
        let userStoryID = fields.optionalID("user_story_id")
        prompt = fields.filledString("prompt", maxLength: 200_000, allowing: .text)
        let authToken = fields.string("auth_token", maxLength: 8192, allowing: .token)
        let refresh = fields.string("refresh", maxLength: 8192, allowing: .token)
        let user = fields.object("user_context") { user in
            UserContext(
                id: user.id("id"),
                username: user.string("username", maxLength: 255),
                email: user.string("email", maxLength: 255),
                roles: user.strings("roles", maxCount: 64, maxLength: 100)
            )
        }
        if let id = fields.optionalString("session_id", maxLength: 128) {
            session = SessionID(id)
            if session == nil { fields.report("session_id", SessionID.rule) }
        }
        ifBusy = fields.choice("if_busy", of: Self.waysToBeBusy) ?? .wait
        timeToLive = fields.choice("ttl", of: Self.timesToLive)
        restores = fields.optionalBool("restore") ?? false
        if restores, !hasArchive { fields.report("restore", "must not be true: this service has no archive") }
        try fields.finish()
        context = RunContext(
            projectID: projectID,
            milestoneID: milestoneID,
            userStoryID: userStoryID,
            user: user,
            credentials: Credentials(authToken: Secret(authToken), refresh: Secret(refresh))
        )
    }
}

extension RunBody {
    private static let waysToBeBusy = Dictionary(uniqueKeysWithValues: IfBusy.allCases.map { ($0.rawValue, $0) })
    /// In seconds.
    private static let timesToLive = ["short": 300, "medium": 1800, "long": 3600]

    /// What makes this request this request, as bytes that do not depend on how it was written. Tokens are no part of it.
    var identity: [UInt8] {
        JSONValue.object(
            members.filter { $0.value != .null && $0.key != "auth_token" && $0.key != "refresh" }
        ).encoded()
    }
}

extension SessionID {
    /// What a session id must be, in the words of a field error.
    static let rule = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -"
}

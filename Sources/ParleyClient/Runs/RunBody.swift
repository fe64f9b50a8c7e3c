/// The body of `POST /agent/run`.
struct RunBody: Encodable {
    let request: ParleyClient.Request
    let context: ParleyClient.Context
    let tokens: ParleyClient.TokenPair

    private enum CodingKeys: String, CodingKey {
        case prompt, refresh, restore, ttl
        case projectID = "project_id"
        case milestoneID = "milestone_id"
        case userStoryID = "user_story_id"
        case sessionID = "session_id"
        case ifBusy = "if_busy"
        case authToken = "auth_token"
        case user = "user_context"
    }

    private enum UserKeys: String, CodingKey { case id, username, email, roles }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(request.prompt, forKey: .prompt)
        try members.encode(context.projectID, forKey: .projectID)
        try members.encode(context.milestoneID, forKey: .milestoneID)
        try members.encodeIfPresent(context.userStoryID, forKey: .userStoryID)
        try members.encodeIfPresent(request.sessionID, forKey: .sessionID)
        try members.encodeIfPresent(request.ifBusy, forKey: .ifBusy)
        try members.encodeIfPresent(request.timeToLive, forKey: .ttl)
        try members.encodeIfPresent(request.restore, forKey: .restore)
        try members.encode(tokens.authToken, forKey: .authToken)
        try members.encode(tokens.refresh, forKey: .refresh)
        var user = members.nestedContainer(keyedBy: UserKeys.self, forKey: .user)
        try user.encode(context.user.id, forKey: .id)
        try user.encode(context.user.username, forKey: .username)
        try user.encode(context.user.email, forKey: .email)
        try user.encode(context.user.roles, forKey: .roles)
    }
}

package import Agent

/// For whom a call is made and what it may touch: the request's ``RunContext`` as it travels in
/// ``MetaKey/context``, without the tokens and without the e-mail address.
package struct CallerContext: Sendable, Equatable {
    package var projectID: Int
    package var milestoneID: Int
    package var userStoryID: Int?
    package var userID: Int
    package var username: String
    package var roles: [String]

    package init(_ context: RunContext) {
        projectID = context.projectID
        milestoneID = context.milestoneID
        userStoryID = context.userStoryID
        userID = context.user.id
        username = context.user.username
        roles = context.user.roles
    }

    /// `nil` when a member that must be there is missing or of another type.
    package init?(_ json: JSONValue) {
        guard let projectID = json["project_id"]?.intValue, let milestoneID = json["milestone_id"]?.intValue,
            let user = json["user"], let userID = user["id"]?.intValue,
            let roles = user["roles"]?.arrayValue?.compactMap(\.stringValue)
        else { return nil }
        self.projectID = projectID
        self.milestoneID = milestoneID
        userStoryID = json["user_story_id"]?.intValue
        self.userID = userID
        username = user["username"]?.stringValue ?? ""
        self.roles = roles
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "project_id": .int(projectID), "milestone_id": .int(milestoneID),
            "user": [
                "id": .int(userID), "username": .string(username), "roles": .array(roles.map(JSONValue.string)),
            ],
        ]
        members["user_story_id"] = userStoryID.map(JSONValue.int)
        return .object(members)
    }
}

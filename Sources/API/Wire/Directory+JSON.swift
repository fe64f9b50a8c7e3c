import Agent

extension Entrance {
    /// The body of `GET /agent/setup`.
    var json: JSONValue {
        switch self {
        case .open(let guest):
            [
                "sign_in": "none", "user": guest.user.json, "project_id": .int(guest.projectID),
                "milestone_id": .int(guest.milestoneID),
            ]
        case .signIn: ["sign_in": "taiga", "user": .null, "project_id": .null, "milestone_id": .null]
        }
    }
}

extension SignedInUser {
    /// The answer to `POST /agent/login`.
    var json: JSONValue {
        [
            "auth_token": .string(credentials.authToken.reveal()), "refresh": .string(credentials.refresh.reveal()),
            "user": user.json,
        ]
    }
}

extension UserContext {
    /// As a run's body takes it.
    fileprivate var json: JSONValue {
        [
            "id": .int(id), "username": .string(username), "email": .string(email),
            "roles": .array(roles.map(JSONValue.string)),
        ]
    }
}

extension ListedProject {
    var json: JSONValue { ["id": .int(id), "name": .string(name)] }
}

extension ListedMilestone {
    var json: JSONValue { ["id": .int(id), "name": .string(name), "closed": .bool(isClosed)] }
}

extension ListedStory {
    var json: JSONValue { ["id": .int(id), "ref": .int(ref), "subject": .string(subject)] }
}

import Agent

extension SessionQuery {
    /// Of `?owner=&cursor=&limit=`.
    /// - Throws: `invalid` with every parameter that is wrong.
    init(_ parameters: consuming Parameters) throws(Problem) {
        self.init()
        owner = parameters.value("owner", "must be a principal such as user:738718") { Principal($0) }
        cursor = parameters.value("cursor", "must be the cursor of the page before") { SessionCursor($0) }
        limit = parameters.integer("limit", in: 1...1000) ?? limit
        try parameters.finish()
    }
}

extension SessionPage {
    /// The body of `GET /agent/sessions`.
    var json: JSONValue {
        [
            "sessions": .array(sessions.map(\.json)),
            "cursor": cursor.map { .string($0.description) } ?? .null,
        ]
    }
}

extension SessionSummary {
    fileprivate var json: JSONValue {
        [
            "session_id": .string(session.text),
            "owner": owner.map(JSONValue.string) ?? .null,
            "turns": turns.map(JSONValue.int) ?? .null,
            "created_at": createdAt.map(JSONValue.int) ?? .null,
            "updated_at": updatedAt.map(JSONValue.int) ?? .null,
            "expires_in": expiresIn.map(JSONValue.int) ?? .null,
            "bytes": .int(bytes),
            "run_id": activeRun.map(JSONValue.string) ?? .null,
            "waiting": .int(waiting),
        ]
    }
}

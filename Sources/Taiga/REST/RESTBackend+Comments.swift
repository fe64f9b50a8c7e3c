import Agent

extension RESTBackend {
    func comment(
        _ text: String,
        on kind: ItemKind,
        _ id: Int,
        version: Int,
        in context: RunContext
    ) async throws(TaigaError) {
        let body: JSONValue = ["comment": .string(text), "version": .int(version)]
        let path = kind == .userStory ? "/userstories/\(id)" : "/tasks/\(id)"
        _ = try await api.call(.patch(path, body), as: context.credentials) { (reply) throws(Unreadable) in
            try reply.json.integer("version")
        }
    }

    /// The latest page of the history, which is more than anyone says during a call.
    func ownComments(
        on kind: ItemKind,
        _ id: Int,
        since: Int,
        in context: RunContext
    ) async throws(TaigaError) -> [String] {
        let me = try await users.userID(of: context.credentials)
        let start = since + (api.clockAhead ?? 0) - clockMargin
        let path = kind == .userStory ? "/history/userstory/\(id)" : "/history/task/\(id)"
        return try await api.call(.get(path), as: context.credentials) { (reply) throws(Unreadable) in
            try reply.json.elements { (entry) throws(Unreadable) -> String? in
                let date = entry["created_at"]?.stringValue.flatMap(Timestamp.init)?.milliseconds
                guard entry["user"]?["pk"]?.intValue == me, let date, date >= start else { return nil }
                return entry["comment"]?.stringValue
            }.compactMap { $0 }
        }
    }
}

import Agent

extension TaigaWorld {
    package typealias Request = TaigaServer.Request
    package typealias Reply = TaigaServer.Reply

    /// Does what `request` asks, and says what Taiga would.
    mutating func answer(_ request: Request) -> Reply {
        var reply = route(request)
        reply.headers.append(("Date", HTTPDateText.text(now())))
        return reply
    }

    private mutating func route(_ request: Request) -> Reply {
        let accept = request.header("accept") ?? "*/*"
        let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        guard !path.contains(""), let first = path.first, Self.known.contains(first) else { return .noSuchPath }
        guard accept.contains("json") || accept.contains("*/*") else {
            return .refusal(406, "Could not satisfy the request's Accept header", "NotAcceptable")
        }
        var body: [String: JSONValue] = [:]
        if request.method != "GET", request.method != "DELETE" {
            guard request.header("content-type")?.hasPrefix("application/json") == true else {
                let type = request.header("content-type") ?? ""
                return .refusal(415, "Unsupported media type '\(type)' in request.", "UnsupportedMediaType")
            }
            guard let json = request.json else {
                return .refusal(400, "JSON parse error - Expecting value: line 1 column 1 (char 0)", "ParseError")
            }
            guard case .object(let members) = json else { return .fields(["non_field_errors": "Invalid data"]) }
            body = members
        }
        if first == "auth" { return authenticate(request, path, body) }
        switch requester(of: request) {
        case .failure(let refusal): return refusal.reply
        case .success(let userID): return dispatch(request, path, body, userID)
        }
    }

    private static let known: Set = [
        "auth", "users", "projects", "milestones", "userstories", "tasks", "userstory-statuses", "task-statuses",
        "history", "resolver",
    ]

    private mutating func dispatch(
        _ request: Request,
        _ path: [String],
        _ body: [String: JSONValue],
        _ userID: Int?
    ) -> Reply {
        let id = path.count > 1 ? Int(path[1]) : nil
        switch (request.method, path[0], path.count > 1 ? path[1] : "") {
        case ("GET", "users", "me"): return me(userID)
        case ("GET", "users", ""): return memberList(request, userID)
        case ("GET", "projects", "by_slug"): return project(slug: request.query["slug"] ?? "", userID)
        case ("GET", "projects", ""): return projectList(request, userID)
        case ("GET", "projects", _): return project(id: id ?? 0, userID)
        case ("GET", "milestones", ""): return milestoneList(request, userID)
        case ("GET", "milestones", _): return milestone(id: id ?? 0, userID)
        case ("GET", "resolver", ""): return resolve(request, userID)
        case ("GET", "userstory-statuses", ""): return statusList(.story, request, userID)
        case ("GET", "task-statuses", ""): return statusList(.task, request, userID)
        case ("GET", "history", let kind):
            return history(kind == "task" ? .task : .story, path.count > 2 ? Int(path[2]) ?? 0 : 0, request, userID)
        default: break
        }
        guard let kind = path[0] == "userstories" ? Kind.story : path[0] == "tasks" ? .task : nil else {
            return .refusal(405, "Method '\(request.method)' not allowed.", "MethodNotAllowed")
        }
        switch (request.method, path.count > 1 ? path[1] : "") {
        case ("GET", ""): return list(kind, request, userID)
        case ("GET", "by_ref"): return byRef(kind, request, userID)
        case ("GET", _): return show(kind, id ?? 0, userID)
        case ("POST", ""): return create(kind, body, userID)
        case ("POST", "bulk_create"): return kind == .story ? bulkStories(body, userID) : bulkTasks(body, userID)
        case ("PATCH", _) where id != nil: return change(kind, id ?? 0, body, userID)
        case ("DELETE", _) where id != nil: return delete(kind, id ?? 0, userID)
        default: return .refusal(405, "Method '\(request.method)' not allowed.", "MethodNotAllowed")
        }
    }
}

// MARK: - Shapes of refusals

extension TaigaServer.Reply {
    /// `{"_error_message","_error_type"}`
    static func refusal(_ status: Int, _ message: String, _ type: String) -> Self {
        json(
            status,
            ["_error_message": .string(message), "_error_type": .string("taiga.base.exceptions.\(type)")]
        )
    }

    /// A 404, which has no type.
    static func missing(_ message: String = "") -> Self { json(404, ["_error_message": .string(message)]) }

    /// `{"<field>":["text"]}`
    static func fields(_ texts: [String: String]) -> Self {
        json(400, .object(texts.mapValues { [.string($0)] }))
    }

    /// A version that is not the current one: a string, not an array.
    static func version(_ text: String) -> Self { json(400, ["version": .string(text)]) }

    static let forbidden = refusal(403, "You do not have permission to perform this action.", "PermissionDenied")

    static var unauthenticated: Self {
        var reply = refusal(401, "Authentication credentials were not provided.", "NotAuthenticated")
        reply.headers.append(("WWW-Authenticate", "Bearer realm=\"api\""))
        return reply
    }
}

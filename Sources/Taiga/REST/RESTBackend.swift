import Agent
import Synchronization

/// A Taiga server's projects. See ``TaigaBackend`` for the promises.
final class RESTBackend: TaigaBackend {
    let api: TaigaAPI
    let users: UserLookup

    let name = "Taiga"
    let hasOwnRoles = true

    private struct ProjectKey: Hashable {
        var token: TokenHash
        var project: Int
    }

    /// Long enough for the calls of one step, which come together; rights that were taken away are gone after it.
    private let projects = Mutex(ExpiringCache<ProjectKey, Project>(limit: 512, lifetime: .seconds(2)))

    init(api: TaigaAPI, users: UserLookup) {
        self.api = api
        self.users = users
    }

    func project(in context: RunContext) async throws(TaigaError) -> Project {
        let key = ProjectKey(
            token: TokenHash(context.credentials.current.authToken),
            project: context.projectID
        )
        if let project = projects.withLock({ $0.value(of: key, now: .now) }) { return project }
        return try await freshProject(in: context)
    }

    private func freshProject(in context: RunContext) async throws(TaigaError) -> Project {
        let project: Project
        do {
            project = try await api.call(.get("/projects/\(context.projectID)"), as: context.credentials) {
                (reply) throws(Unreadable) in try Project(taiga: reply.json)
            }
        } catch {
            guard error.code == .notFound || error.code == .forbidden else { throw error }
            throw TaigaError(
                .notFound,
                "Project \(context.projectID) was not found, or this user does not take part in it."
            )
        }
        let key = ProjectKey(token: TokenHash(context.credentials.current.authToken), project: context.projectID)
        projects.withLock { $0.set(project, of: key, now: .now) }
        return project
    }

    /// Taiga answers those who may not look with an empty list: an empty one counts only when the user may look now.
    func confirm(_ permission: Permission, in context: RunContext) async throws(TaigaError) {
        guard try await freshProject(in: context).permissions.contains(permission) else {
            throw TaigaError(
                .forbidden,
                "The user no longer has the permission \(permission.rawValue) in this project."
            )
        }
    }

    func projects(_ page: Page, for credentials: RunCredentials) async throws(TaigaError) -> Listing<Named> {
        // Without a member Taiga lists everybody's public projects, too.
        let me = try await users.userID(of: credentials)
        let query = [
            (name: "member", value: String(me)), (name: "page", value: String(page.number)),
            (name: "page_size", value: String(page.size)),
        ]
        return try await api.call(.get("/projects", query), as: credentials) { (reply) throws(Unreadable) in
            let projects = try reply.json.elements { (json) throws(Unreadable) in
                Named(id: try json.integer("id"), name: try json.text("name"))
            }
            return Listing(items: projects, total: reply.total ?? projects.count)
        }
    }

    // MARK: Milestones

    func milestones(
        closed: Bool?,
        page: Page,
        in context: RunContext
    ) async throws(TaigaError) -> Listing<Milestone> {
        let filter = closed.map { [(name: "closed", value: $0 ? "true" : "false")] } ?? []
        let listing = try await list("/milestones", filter, page: page, in: context) { (json) throws(Unreadable) in
            try Milestone(taiga: json)
        }
        if listing.total == 0 { try await confirm(.viewMilestones, in: context) }
        return listing
    }

    func milestone(_ id: Int, in context: RunContext) async throws(TaigaError) -> Milestone {
        try await item(at: "/milestones/\(id)", [], called: "milestone \(id)", in: context) {
            (json) throws(Unreadable) in
            try Milestone(taiga: json)
        }
    }

    // MARK: Stories and tasks

    func userStory(_ key: ItemKey, in context: RunContext) async throws(TaigaError) -> UserStory {
        try await item(below: "/userstories", key, kind: "user story", in: context, readStory)
    }

    func task(_ key: ItemKey, in context: RunContext) async throws(TaigaError) -> TaigaTask {
        try await item(below: "/tasks", key, kind: "task", in: context, readTask)
    }

    func create(_ draft: UserStoryDraft, in context: RunContext) async throws(TaigaError) -> UserStory {
        let request = APIRequest.post("/userstories", draft.taiga(project: context.projectID))
        return try await api.call(request, as: context.credentials) { (reply) throws(Unreadable) in
            try readStory(reply.json)
        }
    }

    func create(_ draft: TaskDraft, in context: RunContext) async throws(TaigaError) -> TaigaTask {
        let request = APIRequest.post("/tasks", draft.taiga(project: context.projectID))
        return try await api.call(request, as: context.credentials) { (reply) throws(Unreadable) in
            try readTask(reply.json)
        }
    }

    func update(
        userStory id: Int,
        version: Int,
        with changes: UserStoryChanges,
        in context: RunContext
    ) async throws(TaigaError) -> UserStory {
        let request = APIRequest.patch("/userstories/\(id)", changes.taiga(version: version))
        return try await api.call(request, as: context.credentials) { (reply) throws(Unreadable) in
            try readStory(reply.json)
        }
    }

    func update(
        task id: Int,
        version: Int,
        with changes: ItemChanges,
        in context: RunContext
    ) async throws(TaigaError) -> TaigaTask {
        let request = APIRequest.patch("/tasks/\(id)", .object(changes.taiga(version: version)))
        return try await api.call(request, as: context.credentials) { (reply) throws(Unreadable) in
            try readTask(reply.json)
        }
    }

    /// A story as Taiga writes it.
    func readStory(_ json: JSONValue) throws(Unreadable) -> UserStory {
        try UserStory(taiga: json, clockAhead: api.clockAhead ?? 0)
    }

    /// A task as Taiga writes it.
    func readTask(_ json: JSONValue) throws(Unreadable) -> TaigaTask {
        try TaigaTask(taiga: json, clockAhead: api.clockAhead ?? 0)
    }

    // MARK: One thing

    private func item<Value>(
        below path: String,
        _ key: ItemKey,
        kind: String,
        in context: RunContext,
        _ read: (JSONValue) throws(Unreadable) -> Value
    ) async throws(TaigaError) -> Value {
        switch key {
        case .id(let id): try await item(at: "\(path)/\(id)", [], called: "\(kind) with \(key)", in: context, read)
        case .ref(let ref):
            try await item(
                at: "\(path)/by_ref",
                [("ref", String(ref)), ("project", String(context.projectID))],
                called: "\(kind) with \(key)",
                in: context,
                read
            )
        }
    }

    /// One thing of the request's project. Taiga gives out what lies in any project that the user can see.
    private func item<Value>(
        at path: String,
        _ query: [(name: String, value: String)],
        called what: String,
        in context: RunContext,
        _ read: (JSONValue) throws(Unreadable) -> Value
    ) async throws(TaigaError) -> Value {
        let missing = TaigaError(.notFound, "There is no \(what) in this project.")
        do throws(TaigaError) {
            let value = try await api.call(.get(path, query), as: context.credentials) {
                (reply) throws(Unreadable) -> Value? in
                guard try reply.json.integer("project") == context.projectID else { return nil }
                return try read(reply.json)
            }
            guard let value else { throw missing }
            return value
        } catch {
            throw error.code == .notFound || error.code == .forbidden ? missing : error
        }
    }
}

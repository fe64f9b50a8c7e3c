import Agent

// Users, projects, milestones and what else is only read.
extension TaigaWorld {
    func me(_ userID: Int?) -> Reply {
        guard let user = userID.flatMap(user) else { return .unauthenticated }
        return .json(200, .object(json(of: user, isSelf: true)))
    }

    /// The members of a project; without one, all whom the requester shares a project with.
    func memberList(_ request: Request, _ userID: Int?) -> Reply {
        switch projectFilter(request) {
        case .failure(let refusal): return refusal.reply
        case .success(let wanted):
            let seen = projects.filter {
                (wanted == nil || $0.id == wanted) && permissions(of: userID, in: $0.id).contains("view_project")
            }
            let ids = Set(seen.flatMap { $0.members.map(\.userID) })
            return page(users.filter { ids.contains($0.id) }.map { .object(json(of: $0, isSelf: false)) }, request)
        }
    }

    func projectList(_ request: Request, _ userID: Int?) -> Reply {
        let member = request.query["member"].flatMap { Int($0) }
        let seen = projects.filter { project in
            permissions(of: userID, in: project.id).contains("view_project")
                && (member == nil || project.members.contains { $0.userID == member })
        }
        return page(seen.map { ["id": .int($0.id), "slug": .string($0.slug), "name": .string($0.name)] }, request)
    }

    func project(slug: String, _ userID: Int?) -> Reply {
        project(id: projects.first { $0.slug == slug }?.id ?? 0, userID)
    }

    func project(id: Int, _ userID: Int?) -> Reply {
        guard let project = project(id) else { return .missing() }
        let permissions = permissions(of: userID, in: id)
        guard permissions.contains("view_project") else { return userID == nil ? .unauthenticated : .forbidden }
        return .json(200, json(of: project, permissions, userID))
    }

    /// The newest first.
    func milestoneList(_ request: Request, _ userID: Int?) -> Reply {
        switch projectFilter(request) {
        case .failure(let refusal): return refusal.reply
        case .success(let wanted):
            let closed = request.query["closed"].map { $0 == "true" }
            let seen = projects.filter {
                (wanted == nil || $0.id == wanted) && permissions(of: userID, in: $0.id).contains("view_milestones")
            }
            let found = seen.flatMap { project in
                project.milestones.filter { closed == nil || $0.isClosed == closed }
                    .sorted { $0.start > $1.start }
                    .map { json(of: $0, in: project) }
            }
            return page(found, request)
        }
    }

    func milestone(id: Int, _ userID: Int?) -> Reply {
        for project in projects {
            guard let milestone = project.milestones.first(where: { $0.id == id }) else { continue }
            guard permissions(of: userID, in: project.id).contains("view_milestones") else {
                return userID == nil ? .unauthenticated : .forbidden
            }
            return .json(200, json(of: milestone, in: project))
        }
        return .missing("No Milestone matches the given query.")
    }

    func statusList(_ kind: Kind, _ request: Request, _ userID: Int?) -> Reply {
        let id = request.query["project"].flatMap { Int($0) } ?? 0
        guard permissions(of: userID, in: id).contains("view_project") else { return page([], request) }
        return page(statuses(of: kind, in: id).map { json(of: $0, in: id) }, request)
    }

    func resolve(_ request: Request, _ userID: Int?) -> Reply {
        guard let project = projects.first(where: { $0.slug == request.query["project"] }) else { return .missing() }
        guard permissions(of: userID, in: project.id).contains("view_project") else { return .forbidden }
        var found: [String: JSONValue] = ["project": .int(project.id)]
        for kind in [Kind.story, .task] {
            guard let ref = request.query[kind.suffix].flatMap({ Int($0) }) else { continue }
            guard let item = items(kind).first(where: { $0.projectID == project.id && $0.ref == ref }) else {
                return .missing("No \(kind.name) matches the given query.")
            }
            found[kind.suffix] = .int(item.id)
        }
        return .json(200, .object(found))
    }

    /// The project that a list is narrowed to, if any.
    func projectFilter(_ request: Request) -> Result<Int?, Refused> {
        guard let text = request.query["project"] else { return .success(nil) }
        guard let id = Int(text) else {
            return .failure(Refused(reply: .refusal(400, "'project' must be an integer value.", "BadRequest")))
        }
        return .success(id)
    }

    /// One page of a list, with the headers that say which. `page_size` is taken up to 1000; past the end is a 404.
    func page(_ all: [JSONValue], _ request: Request) -> Reply {
        if request.header("x-disable-pagination") != nil { return .json(200, .array(all)) }
        let size = min(1000, max(1, request.query["page_size"].flatMap { Int($0) } ?? 30))
        let last = max(1, (all.count + size - 1) / size)
        let number = request.query["page"] == "last" ? last : Int(request.query["page"] ?? "1") ?? 0
        guard (1...last).contains(number) else {
            return .missing("Page is not 'last', nor can it be converted to an int.")
        }
        var reply = Reply.json(200, .array(Array(all.dropFirst((number - 1) * size).prefix(size))))
        reply.headers += [
            ("x-pagination-count", "\(all.count)"), ("x-paginated", "true"), ("x-paginated-by", "\(size)"),
            ("x-pagination-current", "\(number)"),
        ]
        if number < last { reply.headers.append(("X-Pagination-Next", Self.address(of: number + 1, request))) }
        if number > 1 { reply.headers.append(("X-Pagination-Prev", Self.address(of: number - 1, request))) }
        return reply
    }

    /// Where another page is, by what the client says of the server's name: behind a proxy that may be nowhere.
    private static func address(of page: Int, _ request: Request) -> String {
        var query = request.query
        query["page"] = "\(page)"
        let fields = query.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
        return "http://\(request.header("host") ?? "")/api/v1\(request.path)?\(fields)"
    }
}

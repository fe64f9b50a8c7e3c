import Agent

// Reading stories and tasks.
extension TaigaWorld {
    /// What matches, the oldest first. Without the right to look there is nothing, and no error. Unknown fields of the
    /// query are ignored.
    func list(_ kind: Kind, _ request: Request, _ userID: Int?) -> Reply {
        let project: Int?
        switch projectFilter(request) {
        case .failure(let refusal): return refusal.reply
        case .success(let id): project = id
        }
        let query = request.query
        for name in ["status", "milestone", "assigned_to", "user_story", "owner"] {
            guard let text = query[name], text != "null" else { continue }
            guard text.split(separator: ",").allSatisfy({ Int($0) != nil }) else {
                return .refusal(400, "Wrong arguments.", "BadRequest")
            }
        }
        let since = query["created_date__gte"].flatMap(ISODate.milliseconds)
        let right = kind == .story ? "view_us" : "view_tasks"
        let found = items(kind).filter { item in
            permissions(of: userID, in: item.projectID).contains(right)
                && (project == nil || item.projectID == project)
                && Self.allows(query["milestone"], item.milestoneID) && Self.allows(query["status"], item.statusID)
                && Self.allows(query["assigned_to"], item.assignedTo) && Self.allows(query["owner"], item.ownerID)
                && (kind == .story || Self.allows(query["user_story"], item.storyID))
                && (query["tags"].map { tags in tags.split(separator: ",").contains { item.tags.contains(String($0)) } }
                    ?? true)
                && (since.map { item.createdAt >= $0 } ?? true) && Self.mentions(query["q"], item)
        }
        let ordered = query["order_by"] == "-created_date" ? found.reversed() : found
        return page(ordered.map { json(of: $0, isWhole: false) }, request)
    }

    private static func allows(_ filter: String?, _ id: Int?) -> Bool {
        guard let filter else { return true }
        return filter == "null" ? id == nil : filter.split(separator: ",").contains { Int($0) == id && id != nil }
    }

    private static func mentions(_ text: String?, _ item: Item) -> Bool {
        guard let text = text?.lowercased(), !text.isEmpty else { return true }
        return item.subject.lowercased().contains(text) || item.description.lowercased().contains(text)
            || "\(item.ref)" == text
    }

    func show(_ kind: Kind, _ id: Int, _ userID: Int?) -> Reply {
        guard let item = item(kind, id) else { return .missing("No \(kind.name) matches the given query.") }
        let right = kind == .story ? "view_us" : "view_tasks"
        guard permissions(of: userID, in: item.projectID).contains(right) else {
            return userID == nil ? .unauthenticated : .forbidden
        }
        return .json(200, json(of: item, isWhole: true))
    }

    func byRef(_ kind: Kind, _ request: Request, _ userID: Int?) -> Reply {
        let slug = request.query["project__slug"]
        let project = request.query["project"].flatMap { Int($0) } ?? projects.first { $0.slug == slug }?.id
        let ref = request.query["ref"].flatMap { Int($0) }
        let found = items(kind).first { $0.projectID == project && $0.ref == ref }
        return show(kind, found?.id ?? 0, userID)
    }

    func history(_ kind: Kind, _ id: Int, _ request: Request, _ userID: Int?) -> Reply {
        guard let item = item(kind, id) else { return .missing() }
        guard permissions(of: userID, in: item.projectID).contains("view_project") else { return .forbidden }
        let entries = item.comments.map { comment -> JSONValue in
            [
                "user": ["pk": .int(comment.userID), "username": .string(user(comment.userID)?.username ?? "")],
                "created_at": .string(ISODate.text(comment.date)), "type": 1, "diff": [:], "values_diff": [:],
                "comment": .string(comment.text), "is_hidden": false,
            ]
        }
        return page(entries, request)
    }
}

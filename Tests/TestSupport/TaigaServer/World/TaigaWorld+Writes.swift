package import Agent

// Creating, changing and deleting stories and tasks.
extension TaigaWorld {
    mutating func create(_ kind: Kind, _ body: [String: JSONValue], _ userID: Int?) -> Reply {
        guard let userID else { return .unauthenticated }
        guard let wanted = body["project"], wanted != .null else {
            return .fields(["project": "This field is required."])
        }
        guard let projectID = Self.key(wanted) else {
            return .fields(["project": "Incorrect type. Expected pk value, received str."])
        }
        guard let project = project(projectID) else { return .fields(["project": Self.invalid(projectID)]) }
        guard permissions(of: userID, in: projectID).contains("add_\(kind.suffix)") else { return .forbidden }
        guard let subject = body["subject"]?.stringValue, !subject.isEmpty else {
            return .fields(["subject": "This field is required."])
        }
        var item = Item(
            kind: kind,
            id: 0,
            ref: 0,
            projectID: projectID,
            subject: "",
            statusID: statuses(of: kind, in: projectID).first?.id ?? 0,
            ownerID: userID,
            createdAt: now()
        )
        if let refusal = apply(body, to: &item, in: project) { return refusal }
        guard !project.isBlocked else { return .blocked }
        item.id = nextID()
        item.ref = nextRef(in: projectID)
        item.createdAt = now()
        put(item)
        return .json(201, json(of: item, isWhole: true))
    }

    /// A stale version is refused when it is about fields that changed since, else the change is merged.
    @discardableResult
    package mutating func change(_ kind: Kind, _ id: Int, _ body: [String: JSONValue], _ userID: Int?) -> Reply {
        guard let userID else { return .unauthenticated }
        guard var item = item(kind, id), let project = project(item.projectID) else { return missing(userID) }
        let fields = Set(body.keys).subtracting(["version", "comment"])
        let right = fields.isEmpty ? "comment_\(kind.suffix)" : "modify_\(kind.suffix)"
        guard permissions(of: userID, in: item.projectID).contains(right) else { return .forbidden }
        guard !project.isBlocked else { return .blocked }
        if let version = body["version"], version.intValue == nil, Self.key(version) == nil {
            return .fields(["version": "Enter a whole number."])
        }
        guard let version = body["version"].flatMap(Self.key), (1...item.version).contains(version) else {
            return .version("The version parameter is not valid")
        }
        let changed = item.changes.filter { $0.key > version }.reduce(into: Set()) { $0.formUnion($1.value) }
        guard fields.isDisjoint(with: changed) else {
            return .version("The version doesn't match with the current one")
        }
        if let refusal = apply(body, to: &item, in: project) { return refusal }
        if let comment = body["comment"]?.stringValue, !comment.isEmpty {
            item.comments.insert((userID, now(), comment), at: 0)
        }
        item.version += 1
        item.changes[item.version] = fields
        put(item)
        if kind == .story, fields.contains("milestone") {
            for index in tasks.indices where tasks[index].storyID == id { tasks[index].milestoneID = item.milestoneID }
        }
        return .json(200, json(of: item, isWhole: true))
    }

    mutating func delete(_ kind: Kind, _ id: Int, _ userID: Int?) -> Reply {
        guard let userID else { return .unauthenticated }
        guard let item = item(kind, id) else { return missing(userID) }
        guard permissions(of: userID, in: item.projectID).contains("delete_\(kind.suffix)") else { return .forbidden }
        if kind == .story { stories.removeAll { $0.id == id } } else { tasks.removeAll { $0.id == id } }
        return Reply(204, "application/json", [])
    }

    /// Only an administrator is told that something does not exist.
    private func missing(_ userID: Int) -> Reply {
        projects.contains { isAdmin(userID, in: $0.id) } ? .missing() : .forbidden
    }

    /// Sets the fields that `body` has; what is wrong with them otherwise. Unknown members are ignored.
    private func apply(_ body: [String: JSONValue], to item: inout Item, in project: Project) -> Reply? {
        var problems: [String: String] = [:]
        if let subject = body["subject"]?.stringValue {
            if subject.contains("\0") { return .failed }
            if subject.isEmpty { problems["subject"] = "This field is required." }
            item.subject = subject
        }
        if let text = body["description"]?.stringValue { item.description = text }
        if let date = body["due_date"] { item.dueDate = date.stringValue }
        if let tags = body["tags"], tags != .null {
            guard let tags = tags.arrayValue else { return .failed }
            item.tags = tags.compactMap { ($0.arrayValue?.first ?? $0).stringValue?.lowercased() }
        }
        if keepsReferences, let reference = body["external_reference"] {
            item.externalReference = reference.arrayValue?.compactMap(\.stringValue)
        }
        func key(_ name: String, _ isKnown: (Int) -> Bool, _ set: (Int?) -> Void) {
            guard let value = body[name] else { return }
            guard value != .null else { return set(nil) }
            guard let id = Self.key(value) else {
                problems[name] = "Incorrect type. Expected pk value, received str."
                return
            }
            guard isKnown(id) else {
                problems[name] = Self.invalid(id)
                return
            }
            set(id)
        }
        let statuses = statuses(of: item.kind, in: project.id)
        key("status", { id in statuses.contains { $0.id == id } }) { item.statusID = $0 ?? item.statusID }
        key("assigned_to", { user($0) != nil }) { item.assignedTo = $0 }
        var isForeign = false
        key("milestone", { id in projects.contains { $0.milestones.contains { $0.id == id } } }) { id in
            isForeign = id != nil && !project.milestones.contains { $0.id == id }
            item.milestoneID = id
        }
        if item.kind == .task {
            key("user_story", { self.item(.story, $0) != nil }) { item.storyID = $0 }
            if let story = item.storyID.flatMap({ self.item(.story, $0) }) {
                isForeign = isForeign || story.projectID != project.id
                item.milestoneID = story.milestoneID
            }
        }
        if let assignee = item.assignedTo, !project.members.contains(where: { $0.userID == assignee }) {
            problems["assigned_to"] = "The user must be a project member."
        }
        guard problems.isEmpty else { return .fields(problems) }
        return isForeign
            ? .refusal(403, "You don't have permissions to set this sprint to this user story.", "PermissionDenied")
            : nil
    }

    /// An id, which may be written as a string of digits.
    private static func key(_ value: JSONValue) -> Int? { value.intValue ?? value.stringValue.flatMap { Int($0) } }

    private static func invalid(_ id: Int) -> String { "Invalid pk '\(id)' - object does not exist." }
}

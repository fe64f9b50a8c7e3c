import Agent

extension ItemDraft {
    /// The members of a `POST` that stories and tasks share. What is not given is left to Taiga's defaults.
    fileprivate func members(project: Int) -> [String: JSONValue] {
        var members: [String: JSONValue] = ["project": .int(project), "subject": .string(subject)]
        if !description.isEmpty { members["description"] = .string(description) }
        members["status"] = status.map { .int($0.id) }
        members["assigned_to"] = assignedTo.map { .int($0.id) }
        if !tags.isEmpty { members["tags"] = .array(tags.map(JSONValue.string)) }
        members["due_date"] = dueDate.map { .string($0.text) }
        members["external_reference"] = reference.map { [.string(Item.referenceKind), .string($0)] }
        return members
    }
}

extension UserStoryDraft {
    /// The body of `POST /userstories`.
    func taiga(project: Int) -> JSONValue {
        var members = item.members(project: project)
        members["milestone"] = milestone.map { .int($0.id) }
        return .object(members)
    }
}

extension TaskDraft {
    /// The body of `POST /tasks`. Under a story Taiga takes the story's milestone.
    func taiga(project: Int) -> JSONValue {
        var members = item.members(project: project)
        members["user_story"] = story.map { .int($0.id) }
        if story == nil { members["milestone"] = milestoneID.map(JSONValue.int) }
        return .object(members)
    }
}

extension ItemChanges {
    /// The body of a `PATCH` on top of `version`.
    func taiga(version: Int) -> [String: JSONValue] {
        var members: [String: JSONValue] = ["version": .int(version)]
        if case .set(let value) = subject { members["subject"] = .string(value) }
        if case .set(let value) = description { members["description"] = .string(value) }
        if case .set(let value) = status { members["status"] = .int(value.id) }
        if case .set(let value) = assignedTo { members["assigned_to"] = value.map { .int($0.id) } ?? .null }
        if case .set(let value) = tags { members["tags"] = .array(value.map(JSONValue.string)) }
        if case .set(let value) = dueDate { members["due_date"] = value.map { .string($0.text) } ?? .null }
        return members
    }
}

extension UserStoryChanges {
    /// The body of a `PATCH` on top of `version`.
    func taiga(version: Int) -> JSONValue {
        var members = item.taiga(version: version)
        if case .set(let value) = milestone { members["milestone"] = value.map { .int($0.id) } ?? .null }
        return .object(members)
    }
}

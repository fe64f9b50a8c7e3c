import Agent

/// What the model sees of Taiga's things: only what it needs to talk about them and to name them in a call.
extension Named {
    var json: JSONValue { ["id": .int(id), "name": .string(name)] }
}

extension Member {
    /// A line of the member list; ``init(json:)`` reads it back.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "id": .int(id), "username": .string(username), "full_name": .string(fullName), "role": .string(role),
        ]
        members["email"] = email.map(JSONValue.string)
        return .object(members)
    }
}

extension Status {
    var json: JSONValue { ["id": .int(id), "name": .string(name), "is_closed": .bool(isClosed)] }
}

extension Milestone {
    var json: JSONValue { .object(members) }

    /// The same, to be added to.
    var members: [String: JSONValue] {
        [
            "id": .int(id), "name": .string(name), "estimated_start": .string(start.text),
            "estimated_finish": .string(finish.text), "closed": .bool(isClosed),
        ]
    }
}

extension Item {
    /// What stories and tasks have in common in lists.
    fileprivate var brief: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "id": .int(id), "ref": .int(ref), "subject": .string(subject), "status": .string(status.name),
            "assigned_to": assignedTo?.json ?? .null,
        ]
        if !tags.isEmpty { members["tags"] = .array(tags.map(JSONValue.string)) }
        members["due_date"] = dueDate.map { .string($0.text) }
        return members
    }

    /// What an answer about one story or task has on top.
    fileprivate var details: [String: JSONValue] {
        ["version": .int(version), "description": .string(description), "is_closed": .bool(isClosed)]
    }
}

extension UserStory {
    /// One line of a list.
    var brief: JSONValue { .object(members) }

    /// Everything.
    var full: JSONValue { .object(members.merging(item.details) { $1 }) }

    private var members: [String: JSONValue] { item.brief.merging(["milestone": milestone?.json ?? .null]) { $1 } }
}

extension TaigaTask {
    /// One line of a list.
    var brief: JSONValue { .object(members) }

    /// Everything.
    var full: JSONValue { .object(members.merging(item.details) { $1 }) }

    private var members: [String: JSONValue] {
        let story: JSONValue? = story.map {
            ["id": .int($0.id), "ref": .int($0.ref), "subject": .string($0.subject)]
        }
        return item.brief.merging([
            "user_story": story ?? .null, "milestone_id": milestoneID.map(JSONValue.int) ?? .null,
        ]) {
            $1
        }
    }
}

extension Listing {
    /// The page as an object: the items under `name`, `total`, and a note when there is more than it shows.
    func json(_ name: String, _ page: Page, _ encode: (Item) -> JSONValue) -> JSONValue {
        var members: [String: JSONValue] = [name: .array(items.map(encode)), "total": .int(total)]
        if items.count < total {
            let pages = (total + page.size - 1) / page.size
            members["note"] = .string(
                items.isEmpty
                    ? "There is no page \(page.number): \(total) in all, on \(pages) pages of \(page.size)."
                    : "This is page \(page.number) of \(pages): \(items.count) of \(total). Ask for another page, or narrow the list."
            )
        }
        return .object(members)
    }
}

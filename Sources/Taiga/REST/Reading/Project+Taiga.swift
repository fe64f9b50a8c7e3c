import Agent

extension Project {
    /// An answer of `GET /projects/{id}`.
    init(taiga json: JSONValue) throws(Unreadable) {
        id = try json.integer("id")
        name = try json.text("name")
        slug = json["slug"]?.stringValue ?? ""
        description = json["description"]?.stringValue ?? ""
        members = try json.elements("members") { (member) throws(Unreadable) in try Member(taiga: member) }
            .compactMap { $0 }
        userStoryStatuses = try json.elements("us_statuses") { (status) throws(Unreadable) in try Status(taiga: status)
        }
        taskStatuses = try json.elements("task_statuses") { (status) throws(Unreadable) in try Status(taiga: status) }
        milestones = try json.elements("milestones") { (milestone) throws(Unreadable) in
            Named(id: try milestone.integer("id"), name: try milestone.text("name"))
        }
        closedMilestones = Set(
            (json["milestones"]?.arrayValue ?? []).filter { $0.flag("closed") }.compactMap { $0["id"]?.intValue }
        )
        permissions = Set(
            (json["my_permissions"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap(Permission.init) }
        )
    }
}

extension Member {
    /// An element of a project's `members`; `nil` for one who has left.
    fileprivate init?(taiga json: JSONValue) throws(Unreadable) {
        guard json["is_active"] != .bool(false) else { return nil }
        id = try json.integer("id")
        username = try json.text("username")
        let fullName = json["full_name_display"]?.stringValue ?? json["full_name"]?.stringValue ?? ""
        self.fullName = fullName.isEmpty ? username : fullName
        role = json["role_name"]?.stringValue ?? ""
    }
}

extension Status {
    fileprivate init(taiga json: JSONValue) throws(Unreadable) {
        id = try json.integer("id")
        name = try json.text("name")
        isClosed = json.flag("is_closed")
    }
}

extension Milestone {
    /// An answer of `GET /milestones/{id}`, or an element of the list. The stories inside are passed over.
    init(taiga json: JSONValue) throws(Unreadable) {
        id = try json.integer("id")
        name = try json.text("name")
        guard let start = CalendarDate(try json.text("estimated_start")),
            let finish = CalendarDate(try json.text("estimated_finish"))
        else { throw Unreadable(what: "a milestone's date is none") }
        self.start = start
        self.finish = finish
        isClosed = json.flag("closed")
    }
}

import Agent

extension Item {
    /// What Parley writes in front of a call's key in `external_reference`.
    static let referenceKind = "parley"

    /// What stories and tasks have in common, from an item or an element of a list, which has no description.
    ///
    /// - Parameter clockAhead: milliseconds that Taiga's clock is ahead of this machine's.
    fileprivate init(taiga json: JSONValue, clockAhead: Int) throws(Unreadable) {
        id = try json.integer("id")
        ref = try json.integer("ref")
        version = try json.integer("version")
        subject = try json.text("subject")
        description = json["description"]?.stringValue ?? ""
        let state = json["status_extra_info"]
        status = Named(id: json["status"]?.intValue ?? 0, name: state?["name"]?.stringValue ?? "")
        isClosed = json.flag("is_closed")
        assignedTo = json["assigned_to"]?.intValue.map { id in
            Named(id: id, name: json["assigned_to_extra_info"]?["full_name_display"]?.stringValue ?? "user \(id)")
        }
        tags = (json["tags"]?.arrayValue ?? []).compactMap { $0.arrayValue?.first?.stringValue ?? $0.stringValue }
        dueDate = json["due_date"]?.stringValue.flatMap(CalendarDate.init)
        ownerID = json["owner"]?.intValue
        createdAt = json["created_date"]?.stringValue.flatMap(Timestamp.init).map { $0.milliseconds - clockAhead } ?? 0
        if let reference = json["external_reference"]?.arrayValue, reference.count == 2,
            reference[0] == .string(Self.referenceKind)
        {
            self.reference = reference[1].stringValue
        }
    }
}

extension UserStory {
    /// An answer about one story, or an element of a list.
    init(taiga json: JSONValue, clockAhead: Int) throws(Unreadable) {
        item = try Item(taiga: json, clockAhead: clockAhead)
        milestone = json["milestone"]?.intValue.map { Named(id: $0, name: json["milestone_name"]?.stringValue ?? "") }
    }
}

extension TaigaTask {
    /// An answer about one task, or an element of a list.
    init(taiga json: JSONValue, clockAhead: Int) throws(Unreadable) {
        item = try Item(taiga: json, clockAhead: clockAhead)
        milestoneID = json["milestone"]?.intValue
        let link = json["user_story_extra_info"]
        story = json["user_story"]?.intValue.map { id in
            StoryLink(id: id, ref: link?["ref"]?.intValue ?? 0, subject: link?["subject"]?.stringValue ?? "")
        }
    }
}

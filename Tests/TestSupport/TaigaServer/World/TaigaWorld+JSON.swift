import Agent

// How things look in answers.
extension TaigaWorld {
    func json(of user: User, isSelf: Bool) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "id": .int(user.id), "username": .string(user.username), "full_name": .string(user.fullName),
            "full_name_display": .string(user.fullName), "color": "#ccb28b", "bio": "", "lang": "", "theme": "",
            "timezone": "", "is_active": true, "photo": .null, "big_photo": .null, "gravatar_id": "e636fbfdff6a39f0",
            "roles": .array(
                projects.flatMap(\.members).filter { $0.userID == user.id }.map { .string($0.role.name) }
            ),
        ]
        guard isSelf else { return members }
        members["email"] = .string(user.email)
        members["uuid"] = "8ed5c581fd384e8a8371eec20d01354d"
        members["verified_email"] = true
        return members
    }

    private func extra(_ userID: Int?) -> JSONValue {
        guard let user = userID.flatMap(user) else { return .null }
        return [
            "id": .int(user.id), "username": .string(user.username), "full_name_display": .string(user.fullName),
            "photo": .null, "big_photo": .null, "gravatar_id": "e636fbfdff6a39f0", "is_active": true,
        ]
    }

    private func extra(_ project: Project) -> JSONValue {
        [
            "id": .int(project.id), "name": .string(project.name), "slug": .string(project.slug),
            "logo_small_url": .null,
        ]
    }

    func json(of status: Status, in projectID: Int) -> JSONValue {
        [
            "id": .int(status.id), "name": .string(status.name), "order": 1, "is_closed": .bool(status.isClosed),
            "color": "#70728F", "project_id": .int(projectID), "is_archived": false,
            "slug": .string(status.name.lowercased().split(separator: " ").joined(separator: "-")),
        ]
    }

    func json(of project: Project, _ permissions: Set<String>, _ userID: Int?) -> JSONValue {
        let members = project.members.compactMap { member in
            user(member.userID).map { user -> JSONValue in
                [
                    "id": .int(user.id), "username": .string(user.username), "full_name": .string(user.fullName),
                    "full_name_display": .string(user.fullName), "is_active": true, "role": .int(member.role.id),
                    "role_name": .string(member.role.name), "color": "#909551", "photo": .null,
                    "gravatar_id": "398786f1a14d2200",
                ]
            }
        }
        let milestones = project.milestones.map { milestone -> JSONValue in
            [
                "id": .int(milestone.id), "name": .string(milestone.name), "closed": .bool(milestone.isClosed),
                "slug": .string(milestone.name.lowercased().split(separator: " ").joined(separator: "-")),
            ]
        }
        let isAdmin = isAdmin(userID, in: project.id)
        return [
            "id": .int(project.id), "name": .string(project.name), "slug": .string(project.slug),
            "description": "seeded", "owner": extra(1), "members": .array(members), "is_private": true,
            "anon_permissions": [], "public_permissions": [],
            "blocked_code": project.isBlocked ? "blocked-by-staff" : .null,
            "default_us_status": .int(project.storyStatuses.first?.id ?? 0),
            "default_task_status": .int(project.taskStatuses.first?.id ?? 0),
            "my_permissions": .array(permissions.sorted().map(JSONValue.string)), "i_am_owner": .bool(isAdmin),
            "i_am_admin": .bool(isAdmin), "i_am_member": true, "tags": [], "tags_colors": [:],
            "us_statuses": .array(project.storyStatuses.map { json(of: $0, in: project.id) }),
            "task_statuses": .array(project.taskStatuses.map { json(of: $0, in: project.id) }),
            "milestones": .array(milestones), "swimlanes": .null, "epic_custom_attributes": .null,
            "total_memberships": .int(members.count),
        ]
    }

    func json(of milestone: Milestone, in project: Project) -> JSONValue {
        let inside = stories.filter { $0.milestoneID == milestone.id }.map { json(of: $0, isWhole: false) }
        return [
            "id": .int(milestone.id), "name": .string(milestone.name), "project": .int(project.id),
            "project_extra_info": extra(project), "owner": .int(milestone.ownerID),
            "slug": .string(milestone.name.lowercased().split(separator: " ").joined(separator: "-")),
            "estimated_start": .string(milestone.start), "estimated_finish": .string(milestone.finish),
            "closed": .bool(milestone.isClosed), "order": 1, "disponibility": 0, "total_points": .null,
            "closed_points": .null, "user_stories": .array(inside),
        ]
    }

    /// - Parameter isWhole: an answer about the one item; lists leave the description out.
    func json(of item: Item, isWhole: Bool) -> JSONValue {
        let project = project(item.projectID)
        let status = statuses(of: item.kind, in: item.projectID).first { $0.id == item.statusID }
        let milestone = project?.milestones.first { $0.id == item.milestoneID }
        let created = JSONValue.string(ISODate.text(item.createdAt))
        var members: [String: JSONValue] = [
            "id": .int(item.id), "ref": .int(item.ref), "version": .int(item.version),
            "subject": .string(item.subject), "project": .int(item.projectID),
            "project_extra_info": project.map(extra) ?? .null, "status": .int(item.statusID),
            "status_extra_info": [
                "name": .string(status?.name ?? ""), "color": "#70728F", "is_closed": .bool(status?.isClosed ?? false),
            ],
            "is_closed": .bool(status?.isClosed ?? false), "milestone": item.milestoneID.map(JSONValue.int) ?? .null,
            "milestone_slug": milestone.map { .string($0.name) } ?? .null,
            "assigned_to": item.assignedTo.map(JSONValue.int) ?? .null,
            "assigned_to_extra_info": extra(item.assignedTo),
            "owner": .int(item.ownerID), "owner_extra_info": extra(item.ownerID),
            "tags": .array(item.tags.map { [.string($0), .null] }),
            "due_date": item.dueDate.map(JSONValue.string) ?? .null,
            "due_date_reason": "", "due_date_status": "not_set", "created_date": created, "modified_date": created,
            "external_reference": item.externalReference.map { .array($0.map(JSONValue.string)) } ?? .null,
            "is_blocked": false, "blocked_note": "", "watchers": [], "total_watchers": 0, "comment": "",
            "total_comments": .int(item.comments.count), "attachments": [],
        ]
        switch item.kind {
        case .story:
            members["milestone_name"] = milestone.map { .string($0.name) } ?? .null
            members["assigned_users"] = .array(item.assignedTo.map { [.int($0)] } ?? [])
            members["points"] = ["1": 1, "2": 1]
            members["total_points"] = .null
            members["tasks"] = []
        case .task:
            let story = item.storyID.flatMap { self.item(.story, $0) }
            members["user_story"] = item.storyID.map(JSONValue.int) ?? .null
            members["user_story_extra_info"] =
                story.map { ["id": .int($0.id), "ref": .int($0.ref), "subject": .string($0.subject), "epics": .null] }
                ?? .null
            members["is_iocaine"] = false
        }
        if isWhole {
            members["description"] = .string(item.description)
            members["description_html"] = ""
        }
        return .object(members)
    }
}

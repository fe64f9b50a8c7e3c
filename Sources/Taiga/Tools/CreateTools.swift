import Agent

/// `taiga_create_user_story`
struct CreateUserStory: TaigaTool {
    static let name = "taiga_create_user_story"
    let description = """
        Create one user story in the project of this request and answer it with its new id and ref. Each call creates \
        another one, also with the same subject.
        """
    let access = Tool.Access.write
    let permission = Permission.addUserStory
    let parameters = [.subject.required, .description, Self.milestone, .status, .assignedTo, .tags, .dueDate]

    private static let milestone = Parameter(
        "milestone",
        .idOrName,
        "The milestone (sprint) it goes to: id or name. Default: the milestone of this request; null: the backlog."
    ).nullable

    func run(
        _ arguments: Arguments,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> ToolResult {
        let project = try await backend.project(in: context)
        let status = try arguments.idOrName(.status).map(project.userStoryStatus)
        let draft = UserStoryDraft(
            item: try ItemDraft(arguments, status: status, project: project, requester: context.user),
            milestone: arguments.isNull(Self.milestone)
                ? nil : try project.milestone(arguments.idOrName(Self.milestone) ?? .id(context.milestoneID))
        )
        let story = try await backend.create(draft, in: context)
        let artifact = CreatedArtifact.userStory(id: story.item.id, ref: story.item.ref, subject: story.item.subject)
        return ToolResult(story.full, created: [artifact])
    }
}

/// `taiga_create_task`
struct CreateTask: TaigaTool {
    static let name = "taiga_create_task"
    let description = """
        Create one task in the project of this request and answer it with its new id and ref. Under a user story it \
        joins the story's milestone, without one the milestone of this request. Each call creates another one, also \
        with the same subject.
        """
    let access = Tool.Access.write
    let permission = Permission.addTask
    let parameters = [
        .subject.required, Self.story, .userStoryRef, .description, .status, .assignedTo, .tags, .dueDate,
    ]

    private static let story = Parameter(
        "user_story_id",
        .integer(1...Int.max),
        "The user story it belongs to, by id. Default: the user story of this request, if it has one; null: none."
    ).nullable

    func problems(in arguments: Arguments) -> [String] {
        arguments.has(Self.story) && arguments.has(.userStoryRef)
            ? ["user_story_id, user_story_ref: give one of them, not both"] : []
    }

    func run(
        _ arguments: Arguments,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> ToolResult {
        let project = try await backend.project(in: context)
        let status = try arguments.idOrName(.status).map(project.taskStatus)
        let item = try ItemDraft(arguments, status: status, project: project, requester: context.user)

        let key =
            arguments.userStoryKey
            ?? (arguments.isNull(Self.story) ? nil : context.userStoryID.map(ItemKey.id))
        var draft = TaskDraft(item: item)
        if let key {
            draft.storyID = try await backend.userStory(key, in: context).item.id
        } else {
            draft.milestoneID = try project.milestone(.id(context.milestoneID)).id
        }
        let task = try await backend.create(draft, in: context)
        let artifact = CreatedArtifact.task(
            id: task.item.id,
            ref: task.item.ref,
            subject: task.item.subject,
            story: task.story.map { .init(id: $0.id, subject: $0.subject) }
        )
        return ToolResult(task.full, created: [artifact])
    }
}

extension ItemDraft {
    /// What `arguments` say about the fields that stories and tasks share.
    fileprivate init(
        _ arguments: Arguments,
        status: Status?,
        project: Project,
        requester: UserContext
    ) throws(TaigaError) {
        subject = arguments.text(.subject)?.trimmed ?? ""
        description = arguments.text(.description) ?? ""
        self.status = status
        assignedTo = try arguments.idOrName(.assignedTo).map { (key) throws(TaigaError) in
            try project.member(key, requester: requester).named
        }
        tags = Tags.normalized(arguments.texts(.tags) ?? [])
        dueDate = arguments.date(.dueDate)
    }
}

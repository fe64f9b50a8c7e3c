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
    let parameters: [Parameter] = [
        .subject.required, .description, Self.milestone, .status, .assignedTo, .tags, .dueDate,
    ]

    private static let milestone = Parameter(
        "milestone",
        .idOrName,
        "The milestone (sprint) it goes to: id or name. Default: the milestone of this request; null: the backlog."
    ).nullable

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let creation = try await scope.create(draft(arguments, in: scope))
        return ToolResult(creation.json, created: [creation.made.artifact])
    }

    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        try await scope.outcome(of: draft(arguments, in: scope))
    }

    private func draft(_ arguments: Arguments, in scope: ToolScope) throws(TaigaError) -> UserStoryDraft {
        let project = scope.project
        let status = try arguments.idOrName(.status).map(project.userStoryStatus)
        let milestone = arguments.idOrName(Self.milestone) ?? scope.milestoneID.map { .id($0) }
        return UserStoryDraft(
            item: try ItemDraft(arguments, status: status, in: scope),
            milestone: arguments.isNull(Self.milestone) ? nil : try milestone.map(project.milestone)
        )
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
    let parameters: [Parameter] = [
        .subject.required, .parentStory, .userStoryRef, .description, .status, .assignedTo, .tags, .dueDate,
    ]

    func problems(in arguments: Arguments) -> [String] { arguments.problemsWithParentStory() }

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let creation = try await scope.create(draft(arguments, in: scope))
        return ToolResult(creation.json, created: [creation.made.artifact])
    }

    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        try await scope.outcome(of: draft(arguments, in: scope))
    }

    private func draft(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> TaskDraft {
        let status = try arguments.idOrName(.status).map(scope.project.taskStatus)
        return try await scope.place(ItemDraft(arguments, status: status, in: scope), by: arguments)
    }
}

// MARK: - Shared

extension Parameter {
    /// Where new tasks go.
    static let parentStory = Parameter(
        "user_story_id",
        .integer(1...Int.max),
        "The user story it belongs to, by id. Default: the user story of this request, if it has one; null: none."
    ).nullable
}

extension Arguments {
    /// A new task goes below one story.
    func problemsWithParentStory() -> [String] {
        has(.parentStory) && has(.userStoryRef)
            ? ["user_story_id, user_story_ref: give one of them, not both"] : []
    }
}

extension ItemDraft {
    /// What `arguments` say about the fields that stories and tasks share.
    init(_ arguments: Arguments, status: Status?, in scope: ToolScope) throws(TaigaError) {
        subject = arguments.text(.subject)?.trimmed ?? ""
        description = arguments.text(.description) ?? ""
        self.status = status
        assignedTo = try arguments.idOrName(.assignedTo).map { (key) throws(TaigaError) in
            try scope.project.member(key, requester: scope.context.user).named
        }
        tags = Tags.normalized(arguments.texts(.tags) ?? [])
        dueDate = arguments.date(.dueDate)
        reference = scope.invocation.key
    }
}

extension ToolScope {
    /// `item` as a task below the story that `arguments` name, or else the request's, or else in its milestone.
    func place(_ item: ItemDraft, by arguments: Arguments) async throws(TaigaError) -> TaskDraft {
        let key =
            arguments.userStoryKey
            ?? (arguments.isNull(.parentStory) ? nil : context.userStoryID.map(ItemKey.id))
        guard let key else {
            return TaskDraft(item: item, milestoneID: try milestoneID.map { .id($0) }.map(project.milestone)?.id)
        }
        return TaskDraft(item: item, story: try await backend.userStory(key, in: context).link)
    }

    /// What became of one thing that was to be created.
    func outcome<D: Draft>(of draft: D) async throws(TaigaError) -> ToolResult {
        guard let made = try await find([draft])[0] else {
            return .error(
                "\(invocation.call.name) was interrupted. \"\(draft.item.subject)\" was looked for and is not there: "
                    + "it was not created."
            )
        }
        return ToolResult(Creation(made: made, wasFound: true).json, created: [made.artifact])
    }
}

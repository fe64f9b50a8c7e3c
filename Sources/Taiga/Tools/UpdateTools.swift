import Agent

/// `taiga_update_user_story`
struct UpdateUserStory: TaigaTool {
    static let name = "taiga_update_user_story"
    let description = """
        Change one user story of the project, named by id or ref. Only the arguments that are given change; \
        `description` and `tags` replace what was there, `append_description`, `add_tags` and `remove_tags` keep the rest.
        """
    let access = Tool.Access.write
    let permission = Permission.modifyUserStory
    let parameters = ItemEdit.parameters + [Self.milestone]

    private static let milestone = Parameter(
        "milestone",
        .idOrName,
        "The milestone (sprint) to move it to: id or name; null: the backlog."
    ).nullable

    func problems(in arguments: Arguments) -> [String] {
        arguments.problemsWithKey() + ItemEdit.problems(in: arguments, others: [Self.milestone])
    }

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let key = try arguments.key()
        let milestone = try milestone(arguments, in: scope)
        let edit = try edit(arguments, in: scope)
        return try await edit.onNewestVersion { () throws(TaigaError) in
            let item = try await scope.backend.userStory(key, in: scope.context).item
            let changes = UserStoryChanges(item: try edit.changes(to: item), milestone: milestone)
            return try await scope.write(over: item) { () throws(TaigaError) in
                try await scope.backend.update(
                    userStory: item.id,
                    version: item.version,
                    with: changes,
                    in: scope.context
                )
            } isDone: {
                Self.isDone(edit, milestone, in: $0)
            }
        }
    }

    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let milestone = try milestone(arguments, in: scope)
        let edit = try edit(arguments, in: scope)
        return try await scope.outcomeOfChange(to: try arguments.key()) { Self.isDone(edit, milestone, in: $0) }
    }

    private static func isDone(_ edit: ItemEdit, _ milestone: Change<Named?>, in story: UserStory) -> Bool {
        edit.isDone(in: story.item) && milestone.isDone { $0?.id == story.milestone?.id }
    }

    private func milestone(_ arguments: Arguments, in scope: ToolScope) throws(TaigaError) -> Change<Named?> {
        if let wanted = arguments.idOrName(Self.milestone) { return .set(try scope.project.milestone(wanted)) }
        return arguments.isNull(Self.milestone) ? .set(nil) : .keep
    }

    private func edit(_ arguments: Arguments, in scope: ToolScope) throws(TaigaError) -> ItemEdit {
        try ItemEdit(arguments, status: arguments.idOrName(.status).map(scope.project.userStoryStatus), in: scope)
    }
}

/// `taiga_update_task`
struct UpdateTask: TaigaTool {
    static let name = "taiga_update_task"
    let description = """
        Change one task of the project, named by id or ref. Only the arguments that are given change; `description` \
        and `tags` replace what was there, `append_description`, `add_tags` and `remove_tags` keep the rest.
        """
    let access = Tool.Access.write
    let permission = Permission.modifyTask
    let parameters = ItemEdit.parameters

    func problems(in arguments: Arguments) -> [String] {
        arguments.problemsWithKey() + ItemEdit.problems(in: arguments, others: [])
    }

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let key = try arguments.key()
        let edit = try edit(arguments, in: scope)
        return try await edit.onNewestVersion { () throws(TaigaError) in
            let item = try await scope.backend.task(key, in: scope.context).item
            let changes = try edit.changes(to: item)
            return try await scope.write(over: item) { () throws(TaigaError) in
                try await scope.backend.update(task: item.id, version: item.version, with: changes, in: scope.context)
            } isDone: {
                edit.isDone(in: $0.item)
            }
        }
    }

    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let edit = try edit(arguments, in: scope)
        return try await scope.outcomeOfChange(to: try arguments.key()) { (task: TaigaTask) in
            edit.isDone(in: task.item)
        }
    }

    private func edit(_ arguments: Arguments, in scope: ToolScope) throws(TaigaError) -> ItemEdit {
        try ItemEdit(arguments, status: arguments.idOrName(.status).map(scope.project.taskStatus), in: scope)
    }
}

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

    func run(
        _ arguments: Arguments,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> ToolResult {
        let key = try arguments.key()
        let project = try await backend.project(in: context)
        var milestone = Change<Named?>.keep
        if let wanted = arguments.idOrName(Self.milestone) {
            milestone = .set(try project.milestone(wanted))
        } else if arguments.isNull(Self.milestone) {
            milestone = .set(nil)
        }
        let status = try arguments.idOrName(.status).map(project.userStoryStatus)
        let edit = try ItemEdit(arguments, status: status, project: project, requester: context.user)
        return try await edit.onNewestVersion { () throws(TaigaError) in
            let item = try await backend.userStory(key, in: context).item
            let changes = UserStoryChanges(item: try edit.changes(to: item), milestone: milestone)
            return ToolResult(
                try await backend.update(userStory: item.id, version: item.version, with: changes, in: context).full
            )
        }
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

    func run(
        _ arguments: Arguments,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> ToolResult {
        let key = try arguments.key()
        let project = try await backend.project(in: context)
        let status = try arguments.idOrName(.status).map(project.taskStatus)
        let edit = try ItemEdit(arguments, status: status, project: project, requester: context.user)
        return try await edit.onNewestVersion { () throws(TaigaError) in
            let item = try await backend.task(key, in: context).item
            let changes = try edit.changes(to: item)
            return ToolResult(
                try await backend.update(task: item.id, version: item.version, with: changes, in: context).full
            )
        }
    }
}

import Agent

/// `taiga_list_tasks`
struct ListTasks: TaigaTool {
    static let name = "taiga_list_tasks"
    let description = """
        List tasks of the project, oldest first, without their descriptions. Without filters: all, under every user \
        story and under none.
        """
    let access = Tool.Access.read
    let permission = Permission.viewTasks
    let parameters: [Parameter] = [
        Self.story, .userStoryRef, .milestoneFilter, .statusFilter, .assignedToFilter, .query, .limit, .page,
    ]

    private static let story = Parameter(
        "user_story_id",
        .integer(1...Int.max),
        "Only tasks of the user story with this id; null: only tasks without a story."
    ).nullable

    func problems(in arguments: Arguments) -> [String] {
        arguments.has(Self.story) && arguments.has(.userStoryRef)
            ? ["user_story_id, user_story_ref: give one of them, not both"] : []
    }

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let filters = try ListFilters(arguments, in: scope)
        var query = TaskQuery(
            milestone: filters.milestone,
            statusID: try arguments.idOrName(.statusFilter).map(scope.project.taskStatus)?.id,
            assignedTo: filters.assignedTo,
            text: arguments.text(.query)
        )
        // A story is looked up first: one of another project must not give an empty list that looks like an answer.
        if let key = arguments.userStoryKey {
            query.story = .id(try await scope.backend.userStory(key, in: scope.context).item.id)
        } else if arguments.isNull(Self.story) {
            query.story = .absent
        }
        let page = arguments.page
        let tasks = try await scope.backend.tasks(query, page: page, in: scope.context)
        return ToolResult(tasks.json("tasks", page, \.brief))
    }
}

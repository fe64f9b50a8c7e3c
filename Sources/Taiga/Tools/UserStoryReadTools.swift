import Agent

/// `taiga_list_user_stories`
struct ListUserStories: TaigaTool {
    static let name = "taiga_list_user_stories"
    let description = """
        List user stories of the project, oldest first, without their descriptions. Without filters: all, in every \
        milestone and in the backlog.
        """
    let access = Tool.Access.read
    let permission = Permission.viewUserStories
    let parameters: [Parameter] = [.milestoneFilter, .statusFilter, .assignedToFilter, .query, .limit, .page]

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let filters = try ListFilters(arguments, in: scope)
        let query = UserStoryQuery(
            milestone: filters.milestone,
            statusID: try arguments.idOrName(.statusFilter).map(scope.project.userStoryStatus)?.id,
            assignedTo: filters.assignedTo,
            text: arguments.text(.query)
        )
        let page = arguments.page
        let stories = try await scope.backend.userStories(query, page: page, in: scope.context)
        return ToolResult(stories.json("user_stories", page, \.brief))
    }
}

/// `taiga_get_user_story`
struct GetUserStory: TaigaTool {
    static let name = "taiga_get_user_story"
    let description = "Get one user story by id or ref, with its description, version and tasks."
    let access = Tool.Access.read
    let permission = Permission.viewUserStories
    let parameters: [Parameter] = [.id, .ref]

    private static let tasks = Page(number: 1, size: 50)

    func problems(in arguments: Arguments) -> [String] { arguments.problemsWithKey() }

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let story = try await scope.backend.userStory(arguments.key(), in: scope.context)
        guard case .object(var members) = story.full,
            scope.project.permissions.contains(.viewTasks)
        else { return ToolResult(story.full) }
        let query = TaskQuery(story: .id(story.item.id))
        let tasks = try await scope.backend.tasks(query, page: Self.tasks, in: scope.context)
        members["tasks"] = .array(tasks.items.map(\.brief))
        if tasks.items.count < tasks.total {
            members["note"] = .string("Only the first 50 tasks are shown; taiga_list_tasks has all \(tasks.total).")
        }
        return ToolResult(.object(members))
    }
}

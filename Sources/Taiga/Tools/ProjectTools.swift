import Agent

/// `taiga_get_project`
struct GetProject: TaigaTool {
    static let name = "taiga_get_project"
    let description = """
        Get the project of this request: its name and description, its milestones (sprints), and the statuses that user \
        stories and tasks can have.
        """
    let access = Tool.Access.read
    let permission = Permission.viewProject
    let parameters: [Parameter] = []

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let project = scope.project
        return ToolResult([
            "id": .int(project.id), "name": .string(project.name), "slug": .string(project.slug),
            "description": .string(project.description), "member_count": .int(project.members.count),
            "user_story_statuses": .array(project.userStoryStatuses.map(\.json)),
            "task_statuses": .array(project.taskStatuses.map(\.json)),
            "milestones": .array(project.milestones.map(\.json)),
        ])
    }
}

/// `taiga_list_members`
struct ListMembers: TaigaTool {
    static let name = "taiga_list_members"
    let description = """
        List the members of the project with id, username, full name and role. Use it to find out whom a name means; \
        when it fits several members, ask the user which one.
        """
    let access = Tool.Access.read
    let permission = Permission.viewProject
    let parameters = [Self.query, Self.limit, .page]

    private static let query = Parameter(
        "q",
        .text(1...200),
        "Only members with this text in full name, username or e-mail address."
    )
    private static let limit = Parameter("limit", .integer(1...500), "How many per page. Default 200.")

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        var members = scope.project.members
        if let wanted = arguments.text(Self.query)?.lowercased() {
            members = members.filter {
                [$0.fullName, $0.username, $0.email ?? ""].contains { $0.lowercased().contains(wanted) }
            }
        }
        let page = Page(number: arguments.integer(.page) ?? 1, size: arguments.integer(Self.limit) ?? 200)
        return ToolResult(Listing(page, of: members).json("members", page, \.json))
    }
}

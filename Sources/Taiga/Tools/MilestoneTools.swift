import Agent

/// `taiga_list_milestones`
struct ListMilestones: TaigaTool {
    static let name = "taiga_list_milestones"
    let description = "List the project's milestones (sprints), the newest first, with their dates."
    let access = Tool.Access.read
    let permission = Permission.viewMilestones
    let parameters = [Self.closed, .limit, .page]

    private static let closed = Parameter("closed", .boolean, "true: only closed ones; false: only open ones.")

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let page = arguments.page
        let closed = arguments.boolean(Self.closed)
        let milestones = try await scope.backend.milestones(closed: closed, page: page, in: scope.context)
        return ToolResult(milestones.json("milestones", page, \.json))
    }
}

/// `taiga_get_milestone`
struct GetMilestone: TaigaTool {
    static let name = "taiga_get_milestone"
    let description = "Get one milestone (sprint) with its dates and its user stories."
    let access = Tool.Access.read
    let permission = Permission.viewMilestones
    let parameters = [Self.milestone]

    private static let milestone = Parameter(
        "milestone",
        .idOrName,
        "Its id or name. Default: the milestone of this request."
    )
    /// More is what `taiga_list_user_stories` is for.
    private static let stories = Page(number: 1, size: 50)

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        guard let wanted = arguments.idOrName(Self.milestone) ?? scope.milestoneID.map({ .id($0) }) else {
            throw TaigaError(.invalid, "milestone: name one; this request is about none.")
        }
        let id = try scope.project.milestone(wanted).id
        let milestone = try await scope.backend.milestone(id, in: scope.context)
        var members = milestone.members
        // The stories are shown only to those who may see stories anyway.
        if scope.project.permissions.contains(.viewUserStories) {
            let query = UserStoryQuery(milestone: .id(id))
            let stories = try await scope.backend.userStories(query, page: Self.stories, in: scope.context)
            members["user_stories"] = .array(stories.items.map(\.brief))
            members["user_story_count"] = .int(stories.total)
            if stories.items.count < stories.total {
                members["note"] = "Only the first 50 user stories are shown; taiga_list_user_stories has them all."
            }
        }
        return ToolResult(.object(members))
    }
}

extension Arguments {
    /// The page that a list tool's arguments ask for.
    var page: Page { Page(number: integer(.page) ?? 1, size: integer(.limit) ?? 30) }
}

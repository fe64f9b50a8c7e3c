import Agent

/// Where the tools find a project: a Taiga server, or the sandbox in this process.
///
/// Every method acts for `context.user`, with `context.credentials`, and only inside `context.projectID`: an id or ref
/// that belongs to another project is `notFound`, as is a project that the user cannot see. The tools check arguments and
/// resolve names; a backend gets ids that they found in ``Project``.
protocol TaigaBackend: Sendable {
    /// What the start-up banner and `/health` call it.
    var name: String { get }

    /// The project with everything that names are resolved against.
    func project(in context: RunContext) async throws(TaigaError) -> Project

    /// All milestones, the newest first.
    func milestones(in context: RunContext) async throws(TaigaError) -> [Milestone]
    /// - Throws: `notFound` when the project has no such milestone.
    func milestone(_ id: Int, in context: RunContext) async throws(TaigaError) -> Milestone

    /// The stories that match, oldest first. A page past the end is empty.
    func userStories(
        _ query: UserStoryQuery,
        page: Page,
        in context: RunContext
    ) async throws(TaigaError) -> Listing<UserStory>
    /// - Throws: `notFound` when the project has no such story.
    func userStory(_ key: ItemKey, in context: RunContext) async throws(TaigaError) -> UserStory

    /// The tasks that match, oldest first. A page past the end is empty.
    func tasks(_ query: TaskQuery, page: Page, in context: RunContext) async throws(TaigaError) -> Listing<TaigaTask>
    /// - Throws: `notFound` when the project has no such task.
    func task(_ key: ItemKey, in context: RunContext) async throws(TaigaError) -> TaigaTask

    /// Creates exactly one story. Nothing here is idempotent: the same draft twice makes two.
    func create(_ draft: UserStoryDraft, in context: RunContext) async throws(TaigaError) -> UserStory
    /// Creates exactly one task. Under a story it joins the story's milestone, whatever the draft's own says.
    func create(_ draft: TaskDraft, in context: RunContext) async throws(TaigaError) -> TaigaTask

    /// Writes `changes` on top of `version`; `conflict` when the story is no longer at that version.
    func update(
        userStory id: Int,
        version: Int,
        with changes: UserStoryChanges,
        in context: RunContext
    ) async throws(TaigaError) -> UserStory
    /// Writes `changes` on top of `version`; `conflict` when the task is no longer at that version.
    func update(
        task id: Int,
        version: Int,
        with changes: ItemChanges,
        in context: RunContext
    ) async throws(TaigaError) -> TaigaTask
}

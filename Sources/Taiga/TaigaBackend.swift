import Agent

/// Where the tools find a project: a Taiga server, or the sandbox in this process.
///
/// Every method acts for `context.user`, with `context.credentials`, and only inside `context.projectID`: an id or ref
/// that belongs to another project is `notFound`, as is a project that the user cannot see. The tools check arguments and
/// resolve names; a backend gets ids that they found in ``Project``.
protocol TaigaBackend: Sendable {
    /// What the start-up banner and `/health` call it.
    var name: String { get }

    /// Whether projects may have other roles than those of Taiga's template.
    var hasOwnRoles: Bool { get }

    /// The project with everything that names are resolved against, and what the user may do in it now. A look at the
    /// project may be a moment old.
    func project(in context: RunContext) async throws(TaigaError) -> Project

    /// The projects that the user of `credentials` takes part in, whatever a request may be about.
    func projects(_ page: Page, for credentials: RunCredentials) async throws(TaigaError) -> Listing<Named>

    /// The milestones, the newest first; only closed or only open ones if `closed` says so.
    func milestones(closed: Bool?, page: Page, in context: RunContext) async throws(TaigaError) -> Listing<Milestone>
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

    /// The stories of the project that the user created at or after `since`, in milliseconds since 1970, UTC, by this
    /// machine's clock, and perhaps some from before. For finding what a write left behind.
    func ownUserStories(since: Int, in context: RunContext) async throws(TaigaError) -> [UserStory]
    /// The same for tasks.
    func ownTasks(since: Int, in context: RunContext) async throws(TaigaError) -> [TaigaTask]

    /// What the user said about the item at or after `since`, a moment as in ``ownUserStories(since:in:)``.
    func ownComments(
        on kind: ItemKind,
        _ id: Int,
        since: Int,
        in context: RunContext
    ) async throws(TaigaError) -> [String]

    /// Creates exactly one story. Nothing here is idempotent: the same draft twice makes two.
    /// - Throws: `unknownOutcome` when the story may have been created all the same.
    func create(_ draft: UserStoryDraft, in context: RunContext) async throws(TaigaError) -> UserStory
    /// Creates exactly one task. Under a story it joins the story's milestone, whatever the draft's own says.
    /// - Throws: `unknownOutcome` when the task may have been created all the same.
    func create(_ draft: TaskDraft, in context: RunContext) async throws(TaigaError) -> TaigaTask

    /// Adds a comment to the item, which is at `version` or a later one.
    /// - Throws: `unknownOutcome` when it may have been added all the same.
    func comment(
        _ text: String,
        on kind: ItemKind,
        _ id: Int,
        version: Int,
        in context: RunContext
    ) async throws(TaigaError)

    /// Writes `changes` on top of `version`; `conflict` when the story is no longer at that version,
    /// `unknownOutcome` when it may have been written all the same.
    func update(
        userStory id: Int,
        version: Int,
        with changes: UserStoryChanges,
        in context: RunContext
    ) async throws(TaigaError) -> UserStory
    /// Writes `changes` on top of `version`; `conflict` when the task is no longer at that version,
    /// `unknownOutcome` when it may have been written all the same.
    func update(
        task id: Int,
        version: Int,
        with changes: ItemChanges,
        in context: RunContext
    ) async throws(TaigaError) -> TaigaTask
}

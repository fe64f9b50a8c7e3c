import Agent
import Synchronization

/// A Taiga in this process' memory with one project, for trying Parley out without a server.
///
/// It knows no tokens: whoever asks may do what their roles allow, and a requester who is not among the members takes
/// part as a guest, since clients make their user ids up.
final class Sandbox: TaigaBackend {
    let name = "sandbox (built in, in memory)"
    let hasOwnRoles = false

    private let state: Mutex<SandboxState>
    private let now: @Sendable () -> Int

    /// - Parameter now: the time, in milliseconds since 1970, UTC.
    init(_ state: SandboxState = .demo(), now: @escaping @Sendable () -> Int = systemMilliseconds) {
        self.state = Mutex(state)
        self.now = now
    }

    // MARK: Reading

    func project(in context: RunContext) throws(TaigaError) -> Project {
        var project = try snapshot(for: context).project
        let user = context.user
        project.permissions = RolePermissions.permissions(of: user.roles)
        if !project.members.contains(where: { $0.id == user.id }) {
            project.members.append(
                Member(id: user.id, username: user.username, fullName: user.username, email: user.email, role: "Guest")
            )
        }
        return project
    }

    func projects(_ page: Page, for credentials: RunCredentials) -> Listing<Named> {
        let project = state.withLock { $0.project }
        return Listing(page, of: [Named(id: project.id, name: project.name)])
    }

    func milestones(closed: Bool?, page: Page, in context: RunContext) throws(TaigaError) -> Listing<Milestone> {
        Listing(page, of: try snapshot(for: context).milestones.filter { closed == nil || $0.isClosed == closed })
    }

    func milestone(_ id: Int, in context: RunContext) throws(TaigaError) -> Milestone {
        guard let milestone = try snapshot(for: context).milestones.first(where: { $0.id == id }) else {
            throw TaigaError(.notFound, "There is no milestone \(id) in this project.")
        }
        return milestone
    }

    func userStories(
        _ query: UserStoryQuery,
        page: Page,
        in context: RunContext
    ) throws(TaigaError) -> Listing<UserStory> {
        Listing(page, of: try snapshot(for: context).stories.filter(query.matches))
    }

    func userStory(_ key: ItemKey, in context: RunContext) throws(TaigaError) -> UserStory {
        try snapshot(for: context).story(key)
    }

    func tasks(_ query: TaskQuery, page: Page, in context: RunContext) throws(TaigaError) -> Listing<TaigaTask> {
        Listing(page, of: try snapshot(for: context).tasks.filter(query.matches))
    }

    func task(_ key: ItemKey, in context: RunContext) throws(TaigaError) -> TaigaTask {
        try snapshot(for: context).task(key)
    }

    func ownUserStories(since: Int, in context: RunContext) throws(TaigaError) -> [UserStory] {
        try snapshot(for: context).stories.filter { $0.item.isBy(context.user.id, since: since) }
    }

    func ownTasks(since: Int, in context: RunContext) throws(TaigaError) -> [TaigaTask] {
        try snapshot(for: context).tasks.filter { $0.item.isBy(context.user.id, since: since) }
    }

    func ownComments(
        on kind: ItemKind,
        _ id: Int,
        since: Int,
        in context: RunContext
    ) throws(TaigaError) -> [String] {
        try snapshot(for: context).comments
            .filter {
                $0.kind == kind && $0.itemID == id && $0.origin.ownerID == context.user.id && $0.origin.date >= since
            }
            .map(\.text)
    }

    // MARK: Writing

    func comment(
        _ text: String,
        on kind: ItemKind,
        _ id: Int,
        version: Int,
        in context: RunContext
    ) throws(TaigaError) {
        let origin = SandboxState.Origin(ownerID: context.user.id, date: now())
        try change(for: context) { (state) throws(TaigaError) in try state.comment(text, on: kind, id, from: origin) }
    }

    func create(_ draft: UserStoryDraft, in context: RunContext) throws(TaigaError) -> UserStory {
        let origin = SandboxState.Origin(ownerID: context.user.id, date: now())
        return try change(for: context) { (state) throws(TaigaError) in try state.create(draft, from: origin) }
    }

    func create(_ draft: TaskDraft, in context: RunContext) throws(TaigaError) -> TaigaTask {
        let origin = SandboxState.Origin(ownerID: context.user.id, date: now())
        return try change(for: context) { (state) throws(TaigaError) in try state.create(draft, from: origin) }
    }

    func update(
        userStory id: Int,
        version: Int,
        with changes: UserStoryChanges,
        in context: RunContext
    ) throws(TaigaError) -> UserStory {
        try change(for: context) { (state) throws(TaigaError) in
            try state.update(userStory: id, version: version, with: changes)
        }
    }

    func update(
        task id: Int,
        version: Int,
        with changes: ItemChanges,
        in context: RunContext
    ) throws(TaigaError) -> TaigaTask {
        try change(for: context) { (state) throws(TaigaError) in
            try state.update(task: id, version: version, with: changes)
        }
    }

    // MARK: The lock

    /// The state as it is now. Copying shares the storage, so that lists are filtered outside the lock.
    private func snapshot(for context: RunContext) throws(TaigaError) -> SandboxState {
        let state = state.withLock { $0 }
        try state.check(context)
        return state
    }

    private func change<Result: Sendable>(
        for context: RunContext,
        _ body: (inout SandboxState) throws(TaigaError) -> Result
    ) throws(TaigaError) -> Result {
        try state.withLock { (state) throws(TaigaError) in
            try state.check(context)
            return try body(&state)
        }
    }
}

extension Item {
    fileprivate func isBy(_ user: Int, since: Int) -> Bool { ownerID == user && createdAt >= since }
}

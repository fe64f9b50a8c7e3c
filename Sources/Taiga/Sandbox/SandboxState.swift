import Agent

/// What the sandbox holds, and the rules by which it changes. Ids and refs come from counters: the same calls in the
/// same order give the same project.
struct SandboxState: Sendable {
    /// How much it takes before it refuses more.
    struct Limits: Sendable {
        /// Stories and tasks together.
        var items = 10_000
        /// Bytes of subjects, descriptions, tags and names of assigned users.
        var textBytes = 32 * 1024 * 1024
    }

    let project: Project
    let milestones: [Milestone]
    let limits: Limits
    private(set) var stories: [UserStory] = []
    private(set) var tasks: [TaigaTask] = []
    private(set) var comments: [Comment] = []

    private var storyIndex = ItemIndex()
    private var taskIndex = ItemIndex()
    private var lastRef = 0
    private var textBytes = 0

    init(project: Project, milestones: [Milestone], limits: Limits = Limits()) {
        self.project = project
        self.milestones = milestones
        self.limits = limits
    }

    /// - Throws: `notFound` unless `context` is about the sandbox's project.
    func check(_ context: RunContext) throws(TaigaError) {
        guard context.projectID == project.id else {
            throw TaigaError(
                .notFound,
                "Project \(context.projectID) was not found. The sandbox has only project \(project.id)."
            )
        }
    }

    // MARK: Finding

    /// - Throws: `notFound` when there is no such story.
    func story(_ key: ItemKey) throws(TaigaError) -> UserStory { stories[try position(ofStory: key)] }

    /// - Throws: `notFound` when there is no such task.
    func task(_ key: ItemKey) throws(TaigaError) -> TaigaTask { tasks[try position(ofTask: key)] }

    private func position(ofStory key: ItemKey) throws(TaigaError) -> Int {
        if let position = storyIndex[key] { return position }
        throw TaigaError(.notFound, "There is no user story with \(key) in this project.")
    }

    private func position(ofTask key: ItemKey) throws(TaigaError) -> Int {
        if let position = taskIndex[key] { return position }
        throw TaigaError(.notFound, "There is no task with \(key) in this project.")
    }

    // MARK: Creating

    /// What somebody said about a story or a task.
    struct Comment: Sendable {
        var kind: ItemKind
        var itemID: Int
        var text: String
        var origin: Origin
    }

    /// Whose something new is, and when it was made.
    struct Origin: Sendable {
        var ownerID: Int?
        /// Milliseconds since 1970, UTC.
        var date = 0
    }

    /// - Throws: `full` when a limit is reached.
    mutating func create(_ draft: UserStoryDraft, from origin: Origin = Origin()) throws(TaigaError) -> UserStory {
        let status = draft.item.status ?? project.userStoryStatuses.first
        let item = try makeItem(draft.item, status: status, from: origin, ids: 9_100_000)
        let story = UserStory(item: item, milestone: draft.milestone)
        storyIndex.add(item, at: stories.count)
        stories.append(story)
        return story
    }

    /// - Throws: `notFound` when there is no such story, `full` when a limit is reached.
    mutating func create(_ draft: TaskDraft, from origin: Origin = Origin()) throws(TaigaError) -> TaigaTask {
        let story: UserStory? = if let id = draft.story?.id { try self.story(.id(id)) } else { nil }
        let status = draft.item.status ?? project.taskStatuses.first
        let item = try makeItem(draft.item, status: status, from: origin, ids: 9_500_000)
        let task = TaigaTask(
            item: item,
            story: story.map { .init(id: $0.item.id, ref: $0.item.ref, subject: $0.item.subject) },
            milestoneID: story.map(\.milestone?.id) ?? draft.milestoneID
        )
        taskIndex.add(item, at: tasks.count)
        tasks.append(task)
        return task
    }

    /// A new item with the next ref, its id counted from `ids`; the draft's text is counted as kept.
    private mutating func makeItem(
        _ draft: ItemDraft,
        status: Status?,
        from origin: Origin,
        ids: Int
    ) throws(TaigaError) -> Item {
        guard stories.count + tasks.count < limits.items else {
            throw TaigaError(
                .full,
                "The sandbox is full: it holds \(limits.items) stories and tasks. \(Self.howToEmpty)"
            )
        }
        guard let status else { throw TaigaError(.invalid, "The project has no status for this.") }
        let item = Item(
            id: ids + lastRef + 1,
            ref: lastRef + 1,
            version: 1,
            subject: draft.subject,
            description: draft.description,
            status: status.named,
            isClosed: status.isClosed,
            assignedTo: draft.assignedTo,
            tags: draft.tags,
            dueDate: draft.dueDate,
            ownerID: origin.ownerID,
            createdAt: origin.date,
            reference: draft.reference
        )
        try count(item.textBytes)
        lastRef += 1
        return item
    }

    // MARK: Updating

    /// Tasks of the story follow it to another milestone.
    /// - Throws: `notFound`, `conflict` when it is not at `version`, `full` when a limit is reached.
    mutating func update(
        userStory id: Int,
        version: Int,
        with changes: UserStoryChanges
    ) throws(TaigaError) -> UserStory {
        let position = try position(ofStory: .id(id))
        var story = stories[position]
        story.item = try changed(story.item, from: version, changes.item)
        changes.milestone.apply(to: &story.milestone)
        stories[position] = story
        for index in tasks.indices where tasks[index].story?.id == id {
            tasks[index].story?.subject = story.item.subject
            tasks[index].milestoneID = story.milestone?.id
        }
        return story
    }

    /// - Throws: `notFound`, `conflict` when it is not at `version`, `full` when a limit is reached.
    mutating func update(task id: Int, version: Int, with changes: ItemChanges) throws(TaigaError) -> TaigaTask {
        let position = try position(ofTask: .id(id))
        tasks[position].item = try changed(tasks[position].item, from: version, changes)
        return tasks[position]
    }

    /// `item` with `changes`, one version on; its text is counted anew.
    private mutating func changed(
        _ item: Item,
        from version: Int,
        _ changes: ItemChanges
    ) throws(TaigaError) -> Item {
        guard item.version == version else {
            throw TaigaError(
                .conflict,
                "version: #\(item.ref) is at version \(item.version), not \(version). Read it again before changing it."
            )
        }
        var changed = item
        changes.apply(to: &changed)
        changed.version += 1
        try count(changed.textBytes - item.textBytes)
        return changed
    }

    /// Adds a comment, which moves the item's version.
    /// - Throws: `notFound`, `full` when a limit is reached.
    mutating func comment(_ text: String, on kind: ItemKind, _ id: Int, from origin: Origin) throws(TaigaError) {
        switch kind {
        case .userStory:
            let position = try position(ofStory: .id(id))
            try count(text.utf8.count)
            stories[position].item.version += 1
        case .task:
            let position = try position(ofTask: .id(id))
            try count(text.utf8.count)
            tasks[position].item.version += 1
        }
        comments.append(Comment(kind: kind, itemID: id, text: text, origin: origin))
    }

    private mutating func count(_ bytes: Int) throws(TaigaError) {
        guard bytes <= 0 || textBytes + bytes <= limits.textBytes else {
            throw TaigaError(.full, "The sandbox is full: it has no room for more text. \(Self.howToEmpty)")
        }
        textBytes += bytes
    }

    private static let howToEmpty = "Tell the user to restart the server, which empties it."
}

/// Where in an array the item with an id or a ref stands.
private struct ItemIndex: Sendable {
    private var byID: [Int: Int] = [:]
    private var byRef: [Int: Int] = [:]

    subscript(key: ItemKey) -> Int? {
        switch key {
        case .id(let id): byID[id]
        case .ref(let ref): byRef[ref]
        }
    }

    mutating func add(_ item: Item, at position: Int) {
        byID[item.id] = position
        byRef[item.ref] = position
    }
}

extension Item {
    fileprivate var textBytes: Int {
        subject.utf8.count + description.utf8.count + tags.reduce(0) { $0 + $1.utf8.count }
            + (assignedTo?.name.utf8.count ?? 0)
    }
}

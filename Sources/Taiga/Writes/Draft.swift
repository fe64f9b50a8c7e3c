import Agent

/// Something to be created, which can be looked for afterwards.
protocol Draft: Sendable {
    associatedtype Made: TaigaItem

    var item: ItemDraft { get }

    /// Asks `backend` to create it, once.
    func create(on backend: any TaigaBackend, in context: RunContext) async throws(TaigaError) -> Made

    /// What the user created since `date`.
    static func own(since date: Int, on backend: any TaigaBackend, in context: RunContext) async throws(TaigaError)
        -> [Made]

    /// Whether `made` stands where the draft would put it.
    func isPlaced(like made: Made) -> Bool
}

/// A story or a task.
protocol TaigaItem: Sendable {
    var item: Item { get }
    /// All that the model is told about it.
    var full: JSONValue { get }
    /// As the answer of a run names it.
    var artifact: CreatedArtifact { get }

    static var kind: ItemKind { get }

    /// The one with that key, with its description.
    static func find(_ key: ItemKey, on backend: any TaigaBackend, in context: RunContext) async throws(TaigaError)
        -> Self
}

extension UserStoryDraft: Draft {
    func create(on backend: any TaigaBackend, in context: RunContext) async throws(TaigaError) -> UserStory {
        try await backend.create(self, in: context)
    }

    static func own(
        since date: Int,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> [UserStory] { try await backend.ownUserStories(since: date, in: context) }

    func isPlaced(like made: UserStory) -> Bool { milestone?.id == made.milestone?.id }
}

extension TaskDraft: Draft {
    func create(on backend: any TaigaBackend, in context: RunContext) async throws(TaigaError) -> TaigaTask {
        try await backend.create(self, in: context)
    }

    static func own(
        since date: Int,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> [TaigaTask] { try await backend.ownTasks(since: date, in: context) }

    func isPlaced(like made: TaigaTask) -> Bool {
        story?.id == made.story?.id && (story != nil || milestoneID == made.milestoneID)
    }
}

extension UserStory: TaigaItem {
    static var kind: ItemKind { .userStory }

    var artifact: CreatedArtifact { .userStory(id: item.id, ref: item.ref, subject: item.subject) }

    static func find(
        _ key: ItemKey,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> UserStory { try await backend.userStory(key, in: context) }
}

extension TaigaTask: TaigaItem {
    static var kind: ItemKind { .task }

    var artifact: CreatedArtifact {
        .task(
            id: item.id,
            ref: item.ref,
            subject: item.subject,
            story: story.map { .init(id: $0.id, subject: $0.subject) }
        )
    }

    static func find(
        _ key: ItemKey,
        on backend: any TaigaBackend,
        in context: RunContext
    ) async throws(TaigaError) -> TaigaTask { try await backend.task(key, in: context) }
}

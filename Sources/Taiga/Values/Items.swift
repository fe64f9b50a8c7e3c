/// What an ``Item`` is part of.
enum ItemKind: Sendable, Hashable {
    case userStory, task
}

/// What stories and tasks have in common.
struct Item: Sendable, Equatable {
    var id: Int
    /// The number that people see, as in `#51`; counted per project over stories and tasks together.
    var ref: Int
    /// Grows with each change.
    var version: Int
    var subject: String
    var description: String
    var status: Named
    var isClosed: Bool
    var assignedTo: Named?
    /// Lower case, in the order in which they were given.
    var tags: [String]
    var dueDate: CalendarDate?
    /// Who created it.
    var ownerID: Int?
    /// When it was created, in milliseconds since 1970, UTC, by the clock of this machine.
    var createdAt = 0
    /// The key under which Parley created it, if it did and the key was kept.
    var reference: String?
}

/// A user story.
struct UserStory: Sendable, Equatable {
    var item: Item
    /// `nil`: the backlog.
    var milestone: Named?

    /// What its tasks say of it.
    var link: TaigaTask.StoryLink { .init(id: item.id, ref: item.ref, subject: item.subject) }
}

/// A task. (`Task` is Swift's word for something else.)
struct TaigaTask: Sendable, Equatable {
    var item: Item
    /// `nil`: a task without a story.
    var story: StoryLink?
    /// The story's milestone; its own only without a story.
    var milestoneID: Int?

    struct StoryLink: Sendable, Equatable {
        var id: Int
        var ref: Int
        var subject: String
    }
}

/// How a story or a task is named in a request: by its id, or by the `#ref` that people see.
enum ItemKey: Sendable, Equatable, CustomStringConvertible {
    case id(Int)
    case ref(Int)

    var description: String {
        switch self {
        case .id(let id): "id \(id)"
        case .ref(let ref): "#\(ref)"
        }
    }
}

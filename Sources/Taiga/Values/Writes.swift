/// What stories and tasks are created with. `nil` status: the project's default, its first.
struct ItemDraft: Sendable, Equatable {
    var subject: String
    var description = ""
    var status: Status?
    var assignedTo: Named?
    var tags: [String] = []
    var dueDate: CalendarDate?
}

/// A story to be created.
struct UserStoryDraft: Sendable, Equatable {
    var item: ItemDraft
    /// `nil`: the backlog.
    var milestone: Named?
}

/// A task to be created.
struct TaskDraft: Sendable, Equatable {
    var item: ItemDraft
    var storyID: Int?
    /// For a task without a story.
    var milestoneID: Int?
}

/// A field of an update: left alone, or given a new value.
enum Change<Value: Sendable & Equatable>: Sendable, Equatable {
    case keep
    case set(Value)

    /// Gives `field` the new value, if there is one.
    func apply(to field: inout Value) {
        if case .set(let value) = self { field = value }
    }
}

/// New values for a story's or a task's fields.
struct ItemChanges: Sendable, Equatable {
    var subject: Change<String> = .keep
    var description: Change<String> = .keep
    var status: Change<Status> = .keep
    var assignedTo: Change<Named?> = .keep
    var tags: Change<[String]> = .keep
    var dueDate: Change<CalendarDate?> = .keep

    /// Changes the fields of `item`, not its version.
    func apply(to item: inout Item) {
        subject.apply(to: &item.subject)
        description.apply(to: &item.description)
        assignedTo.apply(to: &item.assignedTo)
        tags.apply(to: &item.tags)
        dueDate.apply(to: &item.dueDate)
        if case .set(let status) = status {
            item.status = status.named
            item.isClosed = status.isClosed
        }
    }
}

/// New values for a story's fields.
struct UserStoryChanges: Sendable, Equatable {
    var item = ItemChanges()
    var milestone: Change<Named?> = .keep
}

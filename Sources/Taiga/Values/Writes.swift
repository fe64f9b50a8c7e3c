/// What stories and tasks are created with. `nil` status: the project's default, its first.
struct ItemDraft: Sendable, Equatable {
    var subject: String
    var description = ""
    var status: Status?
    var assignedTo: Named?
    var tags: [String] = []
    var dueDate: CalendarDate?
    /// Names the wish to create it, so that it can be recognised when the answer is lost.
    var reference: String?
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
    var story: TaigaTask.StoryLink?
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

    /// Whether nothing was asked for, or `hasValue` says that it is there.
    func isDone(_ hasValue: (Value) -> Bool) -> Bool {
        if case .set(let value) = self { hasValue(value) } else { true }
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

    /// Whether `item` has all the new values.
    func isDone(in item: Item) -> Bool {
        subject.isDone { $0 == item.subject } && description.isDone { $0 == item.description }
            && status.isDone { $0.id == item.status.id } && assignedTo.isDone { $0?.id == item.assignedTo?.id }
            && tags.isDone { Set($0) == Set(item.tags) } && dueDate.isDone { $0 == item.dueDate }
    }
}

/// New values for a story's fields.
struct UserStoryChanges: Sendable, Equatable {
    var item = ItemChanges()
    var milestone: Change<Named?> = .keep
}

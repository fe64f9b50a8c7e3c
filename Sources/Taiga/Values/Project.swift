/// A project, with the names that tools resolve: one answer of Taiga's `GET /projects/{id}`.
struct Project: Sendable, Equatable {
    var id: Int
    var name: String
    var slug: String
    var description: String
    /// The active members.
    var members: [Member]
    var userStoryStatuses: [Status]
    var taskStatuses: [Status]
    var milestones: [Named]
    /// The ids of those milestones that are over.
    var closedMilestones: Set<Int> = []
    /// What the user may do in it now.
    var permissions: Set<Permission> = []
}

/// Something that has an id and a name that people use.
struct Named: Sendable, Equatable {
    var id: Int
    var name: String
}

/// A user who belongs to the project.
struct Member: Sendable, Equatable {
    var id: Int
    var username: String
    var fullName: String
    /// Taiga shows it only to administrators and the members themselves.
    var email: String?
    var role: String

    var named: Named { Named(id: id, name: fullName) }
}

/// A state that stories or tasks can be in; the two kinds have their own.
struct Status: Sendable, Equatable {
    var id: Int
    var name: String
    var isClosed: Bool

    var named: Named { Named(id: id, name: name) }
}

/// A sprint.
struct Milestone: Sendable, Equatable {
    var id: Int
    var name: String
    var start: CalendarDate
    var finish: CalendarDate
    var isClosed: Bool
}

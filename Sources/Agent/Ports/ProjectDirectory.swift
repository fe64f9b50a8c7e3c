/// What a user may see of the project-management system, for clients that have no way of their own to ask it.
///
/// Every list is bounded; what is beyond the bound is left out.
package protocol ProjectDirectory: Sendable {
    /// How a client comes in.
    var entrance: Entrance { get }

    /// The projects that the user of `token` takes part in. `nil`: no token was shown.
    func projects(of token: Secret?) async throws(DirectoryError) -> [ListedProject]

    /// A project's milestones: open ones first, and the newest first.
    /// - Throws: `notFound` for a project that the user cannot see.
    func milestones(of project: Int, for token: Secret?) async throws(DirectoryError) -> [ListedMilestone]

    /// A project's user stories, oldest first; only those of `milestone`, if there is one.
    /// - Throws: `notFound` for a project that the user cannot see.
    func userStories(
        of project: Int,
        in milestone: Int?,
        for token: Secret?
    ) async throws(DirectoryError) -> [ListedStory]
}

/// How a client comes to a user and a project.
package enum Entrance: Sendable {
    /// Nobody signs in: everyone is this guest.
    case open(Guest)
    case signIn(any SignIn)
}

/// Whom a client may be without being asked, and where it may begin.
package struct Guest: Sendable, Equatable {
    package var user: UserContext
    package var projectID: Int
    package var milestoneID: Int

    package init(user: UserContext, projectID: Int, milestoneID: Int) {
        self.user = user
        self.projectID = projectID
        self.milestoneID = milestoneID
    }
}

/// Passes a user's name and password on to the project-management system, and keeps neither.
package protocol SignIn: Sendable {
    /// - Throws: `unauthorized` when they are not accepted.
    func signIn(_ username: String, _ password: Secret) async throws(DirectoryError) -> SignedInUser
}

/// Who has signed in, with a new token pair.
package struct SignedInUser: Sendable, Equatable {
    package var user: UserContext
    package var credentials: Credentials

    package init(user: UserContext, credentials: Credentials) {
        self.user = user
        self.credentials = credentials
    }
}

/// A line of a list of projects.
package struct ListedProject: Sendable, Equatable {
    package var id: Int
    package var name: String

    package init(id: Int, name: String) {
        self.id = id
        self.name = name
    }
}

/// A line of a list of milestones.
package struct ListedMilestone: Sendable, Equatable {
    package var id: Int
    package var name: String
    package var isClosed: Bool

    package init(id: Int, name: String, isClosed: Bool) {
        self.id = id
        self.name = name
        self.isClosed = isClosed
    }
}

/// A line of a list of user stories.
package struct ListedStory: Sendable, Equatable {
    package var id: Int
    /// The number that people see, as in `#51`.
    package var ref: Int
    package var subject: String

    package init(id: Int, ref: Int, subject: String) {
        self.id = id
        self.ref = ref
        self.subject = subject
    }
}

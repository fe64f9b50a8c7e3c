import Agent

/// What a ``TaigaServer`` holds: users with their tokens, projects with their members, stories and tasks.
package struct TaigaWorld: Sendable {
    /// A user of the server, in whatever projects.
    package struct User: Sendable {
        package var id: Int
        package var username: String
        package var fullName: String
        package var password = "pw-123456"

        package init(_ id: Int, _ username: String, _ fullName: String) {
            self.id = id
            self.username = username
            self.fullName = fullName
        }

        var email: String { "\(username)@example.com" }
    }

    /// A member's part in a project. The owner is an administrator, whose requests are refused in other ways.
    package struct Membership: Sendable {
        package var userID: Int
        package var role: Role
        package var isAdmin = false
    }

    /// A state that stories, or tasks, of one project can be in.
    package struct Status: Sendable {
        package var id: Int
        package var name: String
        package var isClosed: Bool
    }

    /// A sprint, its days written `YYYY-MM-DD`.
    package struct Milestone: Sendable {
        package var id: Int
        package var name: String
        package var start: String
        package var finish: String
        package var isClosed = false
        package var ownerID = 1
    }

    /// A private project.
    package struct Project: Sendable {
        package var id: Int
        package var name: String
        package var slug: String
        package var members: [Membership]
        package var milestones: [Milestone]
        package var storyStatuses: [Status]
        package var taskStatuses: [Status]
        package var isBlocked = false
        package var lastRef = 0
    }

    package var users: [User] = []
    package var projects: [Project] = []
    /// Stories and tasks, each kind in the order of its creation.
    package internal(set) var stories: [Item] = []
    package internal(set) var tasks: [Item] = []
    /// Whether `external_reference` is stored, as Taiga does.
    package var keepsReferences = true
    /// The server's clock, in milliseconds since 1970, UTC.
    package var now: @Sendable () -> Int = systemMilliseconds

    var accessTokens: [String: Int] = [:]
    var refreshTokens: [String: Int] = [:]
    var lastToken = 0
    var lastID = 1000

    /// A server without users and projects.
    package init() {}

    func user(_ id: Int) -> User? { users.first { $0.id == id } }

    func project(_ id: Int) -> Project? { projects.first { $0.id == id } }

    /// What that user may do there; nothing for someone who does not take part.
    func permissions(of userID: Int?, in projectID: Int) -> Set<String> {
        guard let userID, let member = project(projectID)?.members.first(where: { $0.userID == userID }) else {
            return []
        }
        return member.isAdmin ? Role.all : member.role.permissions
    }

    func isAdmin(_ userID: Int?, in projectID: Int) -> Bool {
        project(projectID)?.members.contains { $0.userID == userID && $0.isAdmin } ?? false
    }

    /// Gives a member another role, or takes them out of the project.
    package mutating func setRole(_ role: Role?, of userID: Int, in projectID: Int) {
        guard let index = projects.firstIndex(where: { $0.id == projectID }) else { return }
        projects[index].members.removeAll { $0.userID == userID }
        if let role { projects[index].members.append(Membership(userID: userID, role: role)) }
    }

    /// The id of the next new story or task.
    mutating func nextID() -> Int {
        lastID += 1
        return lastID
    }
}

extension TaigaWorld {
    /// A role of Taiga's project template.
    package struct Role: Sendable {
        package var id: Int
        package var name: String
        package var permissions: Set<String>

        package init(_ id: Int, _ name: String, _ permissions: Set<String>) {
            self.id = id
            self.name = name
            self.permissions = permissions
        }

        private static let kinds = ["epic", "issue", "milestone", "task", "us", "wiki_link", "wiki_page"]
        private static let plural = [
            "view_project", "view_epics", "view_issues", "view_milestones", "view_tasks", "view_us", "view_wiki_links",
            "view_wiki_pages",
        ]

        static let all = Set(
            plural
                + kinds.flatMap { ["add_\($0)", "modify_\($0)", "delete_\($0)"] }
                + ["epic", "issue", "task", "us", "wiki_page"].map { "comment_\($0)" }
        )

        package static let back = Role(4, "Back", all)
        package static let front = Role(3, "Front", all)
        package static let ux = Role(1, "UX", all)
        package static let productOwner = Role(5, "Product Owner", all)
        package static let stakeholder = Role(
            6,
            "Stakeholder",
            Set(
                plural + [
                    "comment_us", "comment_task", "comment_epic", "comment_issue", "comment_wiki_page", "add_issue",
                    "modify_issue", "delete_issue", "add_wiki_link", "delete_wiki_link", "modify_wiki_page",
                ]
            )
        )
    }
}

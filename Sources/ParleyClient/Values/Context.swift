extension ParleyClient {
    /// What a run acts on, and for whom.
    public struct Context: Sendable, Hashable {
        /// The Taiga project; tools write nowhere else.
        public var projectID: Int
        /// The milestone (sprint) that new items go to.
        public var milestoneID: Int
        /// The story that the user looks at, if there is one.
        public var userStoryID: Int?
        public var user: User

        public init(projectID: Int, milestoneID: Int, userStoryID: Int? = nil, user: User) {
            self.projectID = projectID
            self.milestoneID = milestoneID
            self.userStoryID = userStoryID
            self.user = user
        }
    }

    /// The user, as Taiga knows them.
    public struct User: Sendable, Hashable {
        public var id: Int
        public var username: String
        public var email: String
        /// Roles in the project, such as `Product Owner`: they decide which tools are offered.
        public var roles: [String]

        public init(id: Int, username: String, email: String, roles: [String]) {
            self.id = id
            self.username = username
            self.email = email
            self.roles = roles
        }
    }
}

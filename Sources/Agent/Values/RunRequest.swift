/// One prompt of a user, as it was asked for: what a run needs to know.
package struct RunRequest: Sendable {
    package var runID: RunID
    /// `nil`: a single turn, nothing is stored.
    package var session: SessionID?
    package var principal: Principal
    package var idempotency: Idempotency?
    package var ifBusy = IfBusy.wait
    /// Seconds that the session lives from now on after each turn; `nil` leaves it as it is.
    package var timeToLive: Int?
    /// Whether a session that the store has forgotten goes on from the archive.
    package var restores = false
    package var prompt: String
    package var context: RunContext
    /// When the request arrived: its deadline counts from here.
    package var arrival: ContinuousClock.Instant
    /// The request's name in logs and problems.
    package var requestID = ""

    package init(
        runID: RunID,
        session: SessionID?,
        principal: Principal,
        prompt: String,
        context: RunContext,
        arrival: ContinuousClock.Instant
    ) {
        self.principal = principal
        self.arrival = arrival
        self.runID = runID
        self.session = session
        self.prompt = prompt
        self.context = context
    }
}

/// Who asks, and about what. Tools act inside it, whatever the model asks for.
package final class RunContext: Sendable {
    package let projectID: Int
    package let milestoneID: Int
    package let userStoryID: Int?
    package let user: UserContext
    package let credentials: RunCredentials
    /// What the model is told about its task, before the conversation.
    let systemPrompt: String

    package convenience init(
        projectID: Int,
        milestoneID: Int,
        userStoryID: Int? = nil,
        user: UserContext,
        credentials: Credentials
    ) {
        self.init(
            projectID: projectID,
            milestoneID: milestoneID,
            userStoryID: userStoryID,
            user: user,
            credentials: RunCredentials(credentials)
        )
    }

    /// With a pair that others use as well.
    package init(
        projectID: Int,
        milestoneID: Int,
        userStoryID: Int?,
        user: UserContext,
        credentials: RunCredentials
    ) {
        self.projectID = projectID
        self.milestoneID = milestoneID
        self.userStoryID = userStoryID
        self.user = user
        self.credentials = credentials
        systemPrompt = Self.systemPrompt(projectID, milestoneID, userStoryID, user)
    }
}

/// The user as the client describes them. `roles` are a hint for the first tool list, never an authorization.
package struct UserContext: Sendable, Equatable {
    package var id: Int
    package var username: String
    package var email: String
    package var roles: [String]

    /// Stands in ``roles`` where nobody told them: everything is shown, and the token alone decides.
    package static let anyRole = "*"

    package init(id: Int, username: String, email: String, roles: [String]) {
        self.id = id
        self.username = username
        self.email = email
        self.roles = roles
    }
}

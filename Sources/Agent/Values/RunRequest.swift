/// One prompt of a user, as it was asked for: what a run needs to know.
package final class RunRequest: Sendable {
    package let runID: RunID
    /// `nil`: a single turn, nothing is stored.
    package let session: SessionID?
    package let principal: Principal
    package let idempotency: Idempotency?
    package let ifBusy: IfBusy
    /// Seconds that the session lives from now on after each turn; `nil` leaves it as it is.
    package let timeToLive: Int?
    /// Whether a session that the store has forgotten goes on from the archive.
    package let restores: Bool
    package let prompt: String
    package let context: RunContext
    /// When the request arrived: its deadline counts from here.
    package let arrival: ContinuousClock.Instant
    /// The request's name in logs and problems.
    package let requestID: String

    package init(
        runID: RunID,
        session: SessionID?,
        principal: Principal,
        idempotency: Idempotency? = nil,
        ifBusy: IfBusy = .wait,
        timeToLive: Int? = nil,
        restores: Bool = false,
        prompt: String,
        context: RunContext,
        arrival: ContinuousClock.Instant,
        requestID: String = ""
    ) {
        self.runID = runID
        self.session = session
        self.principal = principal
        self.idempotency = idempotency
        self.ifBusy = ifBusy
        self.timeToLive = timeToLive
        self.restores = restores
        self.prompt = prompt
        self.context = context
        self.arrival = arrival
        self.requestID = requestID
    }

    /// The same request, once it is known whose it is.
    package func of(_ principal: Principal) -> RunRequest {
        guard principal != self.principal else { return self }
        return RunRequest(
            runID: runID,
            session: session,
            principal: principal,
            idempotency: idempotency,
            ifBusy: ifBusy,
            timeToLive: timeToLive,
            restores: restores,
            prompt: prompt,
            context: context,
            arrival: arrival,
            requestID: requestID
        )
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

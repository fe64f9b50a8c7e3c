package import Agent

extension RunContext {
    /// The user and project of the requirements' examples.
    package static var example: RunContext {
        RunContext(
            projectID: 1_729_875,
            milestoneID: 499_548,
            user: UserContext(
                id: 738_718,
                username: "jdlafond",
                email: "jdlafond@asu.edu",
                roles: ["Back", "Product Owner"]
            ),
            credentials: Credentials(authToken: Secret("canary-token"), refresh: Secret("canary-refresh"))
        )
    }
}

extension RunRequest {
    /// A request of the example's user that arrives now; with a `key`, it is a retry of any other with that key.
    package static func example(
        _ prompt: String,
        session: String? = nil,
        key: String? = nil,
        restores: Bool = false
    ) -> RunRequest {
        RunRequest(
            runID: RunID(),
            session: session.flatMap { SessionID($0) },
            principal: Principal(userID: RunContext.example.user.id),
            idempotency: key.map { Idempotency(key: $0, request: prompt) },
            restores: restores,
            prompt: prompt,
            context: .example,
            arrival: .now
        )
    }
}

/// A history in the Messages API's shape, as text.
package func text(_ conversation: Conversation?) -> String {
    conversation.map { String(decoding: $0.stored, as: UTF8.self) } ?? "nil"
}

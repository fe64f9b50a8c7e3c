package import Agent

extension RunContext {
    /// The user and project of the requirements' examples.
    package static let example = RunContext(
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

extension RunRequest {
    package static func example(_ prompt: String, session: String? = nil) -> RunRequest {
        RunRequest(
            runID: RunID(),
            session: session.flatMap { SessionID($0) },
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

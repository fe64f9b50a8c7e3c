import Agent

extension RunAnswer {
    /// The answer as it is on the wire, but for `auth`.
    var json: JSONValue {
        [
            "run_id": .string(runID.text),
            "session_id": session.map { .string($0.text) } ?? .null,
            "summary": .string(outcome.summary),
            "artifacts": outcome.artifacts.json(milestoneID: milestoneID),
            "created_artifacts": .array(outcome.artifacts.created.map(\.json)),
            "warnings": .array(outcome.warnings.map(JSONValue.string)),
            "stopped_by": outcome.stop.map { .string($0.code) } ?? .null,
            "usage": outcome.usage.json,
        ]
    }
}

extension Credentials {
    /// The pair for the client that it belongs to.
    var json: JSONValue {
        ["auth_token": .string(authToken.reveal()), "refresh": .string(refresh.reveal())]
    }
}

extension Artifacts {
    fileprivate func json(milestoneID: Int) -> JSONValue {
        [
            "milestone_id": .int(milestoneID),
            "user_stories": .array(
                userStories.map { story in
                    [
                        "id": .int(story.id), "subject": .string(story.subject),
                        "tasks": .array(story.tasks.map(\.json)),
                    ]
                }
            ),
            "tasks": .array(tasks.map(\.json)),
        ]
    }
}

extension Artifacts.Task {
    fileprivate var json: JSONValue { ["id": .int(id), "subject": .string(subject)] }
}

extension CreatedArtifact {
    fileprivate var json: JSONValue {
        switch self {
        case .userStory(let id, let ref, let subject): Self.json("user_story", id, ref, subject)
        case .task(let id, let ref, let subject, _): Self.json("task", id, ref, subject)
        }
    }

    private static func json(_ type: String, _ id: Int, _ ref: Int, _ subject: String) -> JSONValue {
        ["type": .string(type), "id": .int(id), "ref": .int(ref), "subject": .string(subject)]
    }
}

extension Usage {
    fileprivate var json: JSONValue {
        [
            "input_tokens": .int(inputTokens),
            "output_tokens": .int(outputTokens),
            "cache_read_input_tokens": .int(cacheReadInputTokens),
            "cache_creation_input_tokens": .int(cacheCreationInputTokens),
        ]
    }
}

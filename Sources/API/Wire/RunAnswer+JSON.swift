import Agent

extension RunAnswer {
    /// The answer as it is on the wire, but for `auth`: compact JSON with sorted keys. Written without a tree:
    /// each run writes it.
    var encoded: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("artifacts") { $0.append(outcome.artifacts, milestoneID: milestoneID) }
            json.member("created_artifacts") { $0.array(outcome.artifacts.created) { $0.append($1) } }
            json.member("run_id") { $0.append(runID.text) }
            json.member("session_id") { $0.append(session?.text) }
            json.member("stopped_by") { $0.append(outcome.stop?.code) }
            json.member("summary") { $0.append(outcome.summary) }
            json.member("usage") { $0.append(outcome.usage) }
            json.member("warnings") { $0.array(outcome.warnings) { $0.append($1) } }
        }
        return json.bytes
    }
}

extension Credentials {
    /// The pair for the client that it belongs to.
    var json: JSONValue {
        ["auth_token": .string(authToken.reveal()), "refresh": .string(refresh.reveal())]
    }
}

extension JSONWriter {
    fileprivate mutating func append(_ artifacts: Artifacts, milestoneID: Int) {
        object { json in
            json.member("milestone_id") { $0.append(milestoneID) }
            json.member("tasks") { $0.array(artifacts.tasks) { $0.append($1) } }
            json.member("user_stories") { $0.array(artifacts.userStories) { $0.append($1) } }
        }
    }

    private mutating func append(_ story: Artifacts.Story) {
        object { json in
            json.member("id") { $0.append(story.id) }
            json.member("subject") { $0.append(story.subject) }
            json.member("tasks") { $0.array(story.tasks) { $0.append($1) } }
        }
    }

    private mutating func append(_ task: Artifacts.Task) {
        object { json in
            json.member("id") { $0.append(task.id) }
            json.member("subject") { $0.append(task.subject) }
        }
    }

    fileprivate mutating func append(_ artifact: CreatedArtifact) {
        switch artifact {
        case .userStory(let id, let ref, let subject): append("user_story", id, ref, subject)
        case .task(let id, let ref, let subject, _): append("task", id, ref, subject)
        }
    }

    private mutating func append(_ type: String, _ id: Int, _ ref: Int, _ subject: String) {
        object { json in
            json.member("id") { $0.append(id) }
            json.member("ref") { $0.append(ref) }
            json.member("subject") { $0.append(subject) }
            json.member("type") { $0.append(type) }
        }
    }

    fileprivate mutating func append(_ usage: Usage) {
        object { json in
            json.member("cache_creation_input_tokens") { $0.append(usage.cacheCreationInputTokens) }
            json.member("cache_read_input_tokens") { $0.append(usage.cacheReadInputTokens) }
            json.member("input_tokens") { $0.append(usage.inputTokens) }
            json.member("output_tokens") { $0.append(usage.outputTokens) }
        }
    }
}

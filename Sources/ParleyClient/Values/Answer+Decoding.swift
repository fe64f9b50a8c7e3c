// What is missing is empty: services of other versions may leave things out, and add others.

extension ParleyClient.Answer: Decodable {
    private enum CodingKeys: String, CodingKey {
        case summary, artifacts, warnings, usage, auth
        case createdArtifacts = "created_artifacts"
        case stoppedBy = "stopped_by"
        case sessionID = "session_id"
        case runID = "run_id"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        summary = try members.decode(String.self, forKey: .summary)
        runID = try members.decode(String.self, forKey: .runID)
        sessionID = try members.decodeIfPresent(String.self, forKey: .sessionID)
        artifacts = try members.decodeIfPresent(ParleyClient.Artifacts.self, forKey: .artifacts) ?? .init()
        createdArtifacts = try members.list(of: ParleyClient.CreatedArtifact.self, forKey: .createdArtifacts)
        warnings = try members.list(of: String.self, forKey: .warnings)
        stoppedBy = try members.decodeIfPresent(ParleyClient.StopReason.self, forKey: .stoppedBy)
        usage = try members.decodeIfPresent(ParleyClient.Usage.self, forKey: .usage) ?? .init()
        auth = try members.decodeIfPresent(ParleyClient.TokenPair.self, forKey: .auth)
    }
}

extension ParleyClient.Artifacts: Decodable {
    private enum CodingKeys: String, CodingKey {
        case milestoneID = "milestone_id"
        case userStories = "user_stories"
        case tasks
    }

    init() { self.init(milestoneID: nil, userStories: [], tasks: []) }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        milestoneID = try members.decodeIfPresent(Int.self, forKey: .milestoneID)
        userStories = try members.list(of: UserStory.self, forKey: .userStories)
        tasks = try members.list(of: Task.self, forKey: .tasks)
    }
}

extension ParleyClient.Artifacts.UserStory: Decodable {
    private enum CodingKeys: String, CodingKey { case id, subject, tasks }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decode(Int.self, forKey: .id)
        subject = try members.decode(String.self, forKey: .subject)
        tasks = try members.list(of: ParleyClient.Artifacts.Task.self, forKey: .tasks)
    }
}

extension ParleyClient.Usage: Decodable {
    private enum CodingKeys: String, CodingKey {
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
        case cacheReadInputTokens = "cache_read_input_tokens"
        case cacheCreationInputTokens = "cache_creation_input_tokens"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        inputTokens = try members.decodeIfPresent(Int.self, forKey: .inputTokens) ?? 0
        outputTokens = try members.decodeIfPresent(Int.self, forKey: .outputTokens) ?? 0
        cacheReadInputTokens = try members.decodeIfPresent(Int.self, forKey: .cacheReadInputTokens) ?? 0
        cacheCreationInputTokens = try members.decodeIfPresent(Int.self, forKey: .cacheCreationInputTokens) ?? 0
    }
}

extension KeyedDecodingContainer {
    /// The elements under `key`; none when it is absent.
    func list<Element: Decodable>(of type: Element.Type, forKey key: Key) throws -> [Element] {
        try decodeIfPresent([Element].self, forKey: key) ?? []
    }
}

extension ParleyClient {
    /// What came of a run.
    public struct Answer: Sendable, Hashable {
        /// What the agent says.
        public var summary: String
        /// What its tools really created, as a tree.
        public var artifacts: Artifacts
        /// The same, flat.
        public var createdArtifacts: [CreatedArtifact]
        /// Texts for people, such as `Deadline exceeded` or `History not saved`.
        public var warnings: [String]
        /// What ended the run early; `nil` for one that ended by itself.
        public var stoppedBy: StopReason?
        /// `nil` for a single turn.
        public var sessionID: String?
        public var runID: String
        public var usage: Usage
        /// The user's new tokens, when the run had to refresh them; the client has told its callback of them.
        public var auth: TokenPair?
    }

    /// Why a run ended before it was done. There may be others than those named here.
    public struct StopReason: RawRepresentable, Sendable, Hashable, Codable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public static let deadline = Self(rawValue: "deadline")
        public static let maxSteps = Self(rawValue: "max-steps")
        public static let maxToolCalls = Self(rawValue: "max-tool-calls")
        public static let maxWriteCalls = Self(rawValue: "max-write-calls")
        public static let loop = Self(rawValue: "loop")
        public static let cancelled = Self(rawValue: "cancelled")
        public static let interrupted = Self(rawValue: "interrupted")
        public static let cleared = Self(rawValue: "cleared")
        public static let superseded = Self(rawValue: "superseded")
        public static let workerLost = Self(rawValue: "worker-lost")
        public static let unauthorized = Self(rawValue: "unauthorized")
        public static let modelFailed = Self(rawValue: "model-failed")
        public static let maxTokens = Self(rawValue: "max-tokens")
        public static let contextWindow = Self(rawValue: "context-window")
        public static let refusal = Self(rawValue: "refusal")
    }

    /// What a run created: stories with their tasks, and tasks without a story.
    public struct Artifacts: Sendable, Hashable {
        public struct UserStory: Sendable, Hashable {
            public var id: Int
            public var subject: String
            public var tasks: [Task]
        }

        public struct Task: Sendable, Hashable, Codable {
            public var id: Int
            public var subject: String
        }

        public var milestoneID: Int?
        public var userStories: [UserStory]
        public var tasks: [Task]
    }

    /// One thing that a run created.
    public struct CreatedArtifact: Sendable, Hashable, Codable {
        /// `user_story`, `task`, or what later services create.
        public var type: String
        public var id: Int
        /// The number that people know it by; `nil` when it has none.
        public var ref: Int?
        public var subject: String
    }

    /// Tokens of the model that a run took.
    public struct Usage: Sendable, Hashable {
        public var inputTokens = 0
        public var outputTokens = 0
        public var cacheReadInputTokens = 0
        public var cacheCreationInputTokens = 0
    }
}

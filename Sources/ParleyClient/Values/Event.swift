extension ParleyClient {
    /// What is told of a run while it is under way. What it fails with is thrown.
    public enum Event: Sendable, Hashable {
        /// The run has begun. When it comes again, with another id, the run had to be begun anew: what was told of the first
        /// one is void, though what that had written is not written again.
        case started(runID: String, sessionID: String?)
        /// More of what the model says.
        case text(String)
        /// What the model said since the last tool call, or since the beginning, is void: it is asked again.
        case textReset
        case toolStarted(ToolCall)
        case toolFinished(ToolResult)
        /// The events between these two ids, both included, are no longer kept: this client was too slow, or too late.
        case gap(from: String, to: String)
        /// The answer. It is the last event.
        case finished(Answer)
        /// One that this client does not know.
        case other(name: String, data: String)
    }

    /// A tool that is called.
    public struct ToolCall: Sendable, Hashable, Decodable {
        public var id: String
        public var name: String
        /// For people who watch: long ones are cut.
        public var arguments: JSON?
    }

    /// A tool that has ended.
    public struct ToolResult: Sendable, Hashable {
        /// The id of its call.
        public var id: String
        public var name: String
        public var isOK: Bool
        public var duration: Duration
    }
}

extension ParleyClient.ToolResult: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, name
        case isOK = "ok"
        case milliseconds = "duration_ms"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decode(String.self, forKey: .id)
        name = try members.decode(String.self, forKey: .name)
        isOK = try members.decode(Bool.self, forKey: .isOK)
        duration = .milliseconds(try members.decodeIfPresent(Int.self, forKey: .milliseconds) ?? 0)
    }
}

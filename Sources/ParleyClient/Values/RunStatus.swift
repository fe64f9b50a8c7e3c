public import Foundation

extension ParleyClient {
    /// How far a run is.
    public struct RunStatus: Sendable, Equatable {
        public var runID: String
        public var sessionID: String?
        public var state: RunState
        public var createdAt: Date?
        public var startedAt: Date?
        public var endedAt: Date?
        /// What it has used of its budgets.
        public var budgets: BudgetUse
        /// Once it has finished.
        public var answer: Answer?
        /// Once it has failed.
        public var problem: ParleyError?
    }

    /// The state of a run. There may be others than those named here.
    public struct RunState: RawRepresentable, Sendable, Hashable, Codable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public static let waiting = Self(rawValue: "waiting")
        public static let running = Self(rawValue: "running")
        public static let finished = Self(rawValue: "finished")
        public static let failed = Self(rawValue: "failed")
        public static let cancelled = Self(rawValue: "cancelled")
    }

    public struct BudgetUse: Sendable, Hashable {
        public var steps = 0
        public var toolCalls = 0
        public var writeCalls = 0
    }
}

extension ParleyClient.RunStatus: Decodable {
    private enum CodingKeys: String, CodingKey {
        case state, budgets, answer, problem
        case runID = "run_id"
        case sessionID = "session_id"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case endedAt = "ended_at"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        runID = try members.decode(String.self, forKey: .runID)
        sessionID = try members.decodeIfPresent(String.self, forKey: .sessionID)
        state = try members.decode(ParleyClient.RunState.self, forKey: .state)
        createdAt = try members.date(forKey: .createdAt)
        startedAt = try members.date(forKey: .startedAt)
        endedAt = try members.date(forKey: .endedAt)
        budgets = try members.decodeIfPresent(ParleyClient.BudgetUse.self, forKey: .budgets) ?? .init()
        answer = try members.decodeIfPresent(ParleyClient.Answer.self, forKey: .answer)
        problem = try members.decodeIfPresent(ProblemBody.self, forKey: .problem).map { ParleyError($0) }
    }
}

extension ParleyClient.BudgetUse: Decodable {
    private enum CodingKeys: String, CodingKey {
        case steps
        case toolCalls = "tool_calls"
        case writeCalls = "write_calls"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        steps = try members.decodeIfPresent(Int.self, forKey: .steps) ?? 0
        toolCalls = try members.decodeIfPresent(Int.self, forKey: .toolCalls) ?? 0
        writeCalls = try members.decodeIfPresent(Int.self, forKey: .writeCalls) ?? 0
    }
}

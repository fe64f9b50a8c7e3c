/// What one run may spend before its loop ends. Its time is bounded apart, by the run's deadline.
package struct Budgets: Sendable, Equatable {
    /// Model calls.
    package var steps: Int
    package var toolCalls: Int
    /// Tool calls that write.
    package var writeCalls: Int
    /// How often the same call may be made: same name, same arguments.
    package var repeatedCalls: Int

    package init(steps: Int = 10, toolCalls: Int = 25, writeCalls: Int = 15, repeatedCalls: Int = 2) {
        self.steps = steps
        self.toolCalls = toolCalls
        self.writeCalls = writeCalls
        self.repeatedCalls = repeatedCalls
    }
}

/// What ended a turn before the model was done.
package enum Stop: Sendable, Equatable {
    case deadline, cancelled
    /// The lease ended: a newer request took the turn's place, the session was cleared, or another run took it over.
    case interrupted, cleared, superseded
    /// The worker that ran the turn died.
    case workerLost
    /// The user's token is no longer accepted.
    case unauthorized
    case steps, toolCalls, writeCalls
    case loop(tool: String)
    case modelFailed(ModelError.Code)
    case maxTokens, contextWindow, refusal

    /// The wire's `stopped_by`.
    package var code: String {
        switch self {
        case .deadline: "deadline"
        case .cancelled: "cancelled"
        case .interrupted: "interrupted"
        case .cleared: "cleared"
        case .superseded: "superseded"
        case .workerLost: "worker-lost"
        case .unauthorized: "unauthorized"
        case .steps: "max-steps"
        case .toolCalls: "max-tool-calls"
        case .writeCalls: "max-write-calls"
        case .loop: "loop"
        case .modelFailed: "model-failed"
        case .maxTokens: "max-tokens"
        case .contextWindow: "context-window"
        case .refusal: "refusal"
        }
    }

    /// The text in the answer's `warnings`.
    package var warning: String {
        switch self {
        case .deadline: "Deadline exceeded"
        case .cancelled: "Cancelled"
        case .interrupted: "Interrupted by a newer request"
        case .cleared: "Stopped: the session was cleared"
        case .superseded: "Stopped: another run has taken the session over"
        case .workerLost: "The worker was lost"
        case .unauthorized: "The user's sign-in is no longer accepted"
        case .steps: "Max steps exceeded"
        case .toolCalls: "Max tool calls exceeded"
        case .writeCalls: "Max write calls exceeded"
        case .loop(let tool): "Loop detected: \(tool)"
        case .modelFailed(let code): "LLM error: \(code)"
        case .maxTokens: "The answer was cut short: max tokens reached"
        case .contextWindow: "The answer was cut short: the conversation is too long for the model"
        case .refusal: "The model declined to answer"
        }
    }
}

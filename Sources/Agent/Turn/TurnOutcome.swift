/// What came of a turn.
package struct TurnOutcome: Sendable, Equatable {
    /// The history with this turn, always sendable; `nil` when the turn leaves nothing to keep.
    package var conversation: Conversation?
    /// The answer in words.
    package var summary: String
    package var artifacts: Artifacts
    package var warnings: [String]
    /// What ended the turn before the model was done.
    package var stop: Stop?
    package var usage: Usage
    /// What the model's reports taught about the session's tokens.
    package var tokenRate: TokenRate
    /// Model calls that were completed.
    package var steps: Int
    /// The tool calls that the model asked for, in order.
    package var calls: [CallRecord]

    package init(
        conversation: Conversation?,
        summary: String,
        artifacts: Artifacts = Artifacts(),
        warnings: [String] = [],
        stop: Stop? = nil,
        usage: Usage = Usage(),
        tokenRate: TokenRate = TokenRate(),
        steps: Int = 0,
        calls: [CallRecord] = []
    ) {
        self.calls = calls
        self.conversation = conversation
        self.summary = summary
        self.artifacts = artifacts
        self.warnings = warnings
        self.stop = stop
        self.usage = usage
        self.tokenRate = tokenRate
        self.steps = steps
    }
}

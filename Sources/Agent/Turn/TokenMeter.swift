/// What the prompts of one turn cost in tokens, and what that leaves for its history.
package struct TokenMeter: Sendable {
    /// What a prompt may take.
    private let maxTokens: Int
    /// What every request of the turn carries besides the conversation: system text and tools.
    private let overheadBytes: Int
    private(set) var rate: TokenRate

    package init(maxTokens: Int, overheadBytes: Int, rate: TokenRate) {
        self.maxTokens = maxTokens
        self.overheadBytes = overheadBytes
        self.rate = rate
    }

    /// What the history may take, besides `promptBytes` that are still to be appended to it.
    package func budget(besides promptBytes: Int = 0) -> HistoryBudget {
        HistoryBudget(maxTokens: maxTokens, rate: rate, reservedBytes: overheadBytes + promptBytes)
    }

    /// Learns from the model's report on a request that carried `conversation`.
    mutating func learn(from usage: Usage, for conversation: Conversation) {
        rate.learn(promptTokens: usage.promptTokens, requestBytes: overheadBytes + conversation.bytes.count)
    }
}

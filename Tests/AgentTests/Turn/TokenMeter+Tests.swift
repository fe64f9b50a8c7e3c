import Agent

extension TokenMeter {
    /// A meter that never cuts or shortens anything.
    static let ample = TokenMeter(maxTokens: 10_000_000, overheadBytes: 0, rate: TokenRate())
}

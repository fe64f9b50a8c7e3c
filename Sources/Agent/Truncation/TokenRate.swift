/// How many tokens a byte of a session's requests costs, learned from what the model reports.
///
/// Text differs: English JSON takes about one token for four bytes, Chinese or base64 one for two. A figure of the
/// session's own beats any estimate.
package struct TokenRate: Sendable, Equatable {
    /// Millionths of a token per byte; this is what a store keeps.
    package private(set) var microTokensPerByte: Int

    /// One token for 3.3 bytes: rather too many tokens than too few, since too few break the budget.
    private static let guess = 300_000
    /// A byte-level vocabulary spends at most a token on a byte; less than one for 20 bytes is no text.
    private static let plausible = 50_000...1_000_000
    /// Requests smaller than this say more about the provider's fixed overhead than about text.
    private static let leastBytes = 256

    /// - Parameter microTokensPerByte: what a store kept; `nil` before the session's first answer.
    package init(microTokensPerByte: Int? = nil) {
        self.microTokensPerByte = Self.clamped(microTokensPerByte ?? Self.guess)
    }

    /// Learns from one answer: its prompt took `promptTokens`, all three input figures together, and the request's
    /// `requestBytes` held it.
    ///
    /// A report counts as at most half as much again or two thirds of what is known, and moves it half of the way up, or
    /// a quarter of the way down: one odd report shifts the rate by a quarter at most, a handful of right ones bring it
    /// home. Up is faster since a rate that is too low breaks the budget.
    package mutating func learn(promptTokens: Int, requestBytes: Int) {
        guard promptTokens > 0, requestBytes >= Self.leastBytes else { return }
        let reported = Int(min(Double(promptTokens) / Double(requestBytes), 1) * 1_000_000)
        let known = microTokensPerByte
        let believed = min(max(reported, known * 2 / 3), known * 3 / 2)
        microTokensPerByte = Self.clamped(known + (believed - known) / (believed > known ? 2 : 4))
    }

    /// The tokens that so many bytes cost, rounded up.
    package func tokens(inBytes bytes: Int) -> Int {
        let (micro, overflow) = bytes.multipliedReportingOverflow(by: microTokensPerByte)
        return overflow ? .max : micro / 1_000_000 + (micro % 1_000_000 > 0 ? 1 : 0)
    }

    /// The bytes that so many tokens pay for, rounded down.
    package func bytes(inTokens tokens: Int) -> Int {
        Int(Double(min(max(tokens, 0), 1 << 40)) * 1_000_000 / Double(microTokensPerByte))
    }

    private static func clamped(_ rate: Int) -> Int {
        min(max(rate, plausible.lowerBound), plausible.upperBound)
    }
}

extension Usage {
    /// The size of the prompt: what was read anew, from the cache and into the cache.
    package var promptTokens: Int {
        [inputTokens, cacheReadInputTokens, cacheCreationInputTokens].reduce(0) { sum, figure in
            let (value, overflow) = sum.addingReportingOverflow(max(0, figure))
            return overflow ? .max : value
        }
    }
}

import Testing

@testable import Agent

@Suite struct TokenRateTests {
    @Test func guessesBeforeTheFirstAnswer() {
        let rate = TokenRate()
        #expect(rate.microTokensPerByte == 300_000)
        #expect(rate.tokens(inBytes: 10) == 3)
        #expect(rate.tokens(inBytes: 11) == 4)
        #expect(rate.bytes(inTokens: 32_000) == 106_666)
    }

    @Test(arguments: [60_000, 140_000, 250_000, 500_000, 900_000])
    func learnsWhatTheModelReports(_ truth: Int) {
        var rate = TokenRate()
        for _ in 0..<30 { rate.learn(promptTokens: truth / 10, requestBytes: 100_000) }
        #expect(abs(rate.microTokensPerByte - truth) < truth / 20)
    }

    @Test func oneOddReportDoesNotThrowIt() {
        for odd in [1, 10_000_000, Int.max] {
            var rate = TokenRate(microTokensPerByte: 240_000)
            rate.learn(promptTokens: odd, requestBytes: 10_000)
            #expect((219_000...300_000).contains(rate.microTokensPerByte))
        }
    }

    @Test func takesNothingFromReportsThatSayNothing() {
        var rate = TokenRate(microTokensPerByte: 240_000)
        rate.learn(promptTokens: 0, requestBytes: 10_000)
        rate.learn(promptTokens: -5, requestBytes: 10_000)
        rate.learn(promptTokens: 400, requestBytes: 100)
        #expect(rate.microTokensPerByte == 240_000)
    }

    @Test func staysPlausibleWhateverWasStored() {
        #expect(TokenRate(microTokensPerByte: 0).microTokensPerByte == 50_000)
        #expect(TokenRate(microTokensPerByte: .max).microTokensPerByte == 1_000_000)
        #expect(TokenRate().bytes(inTokens: .max) > 0)
        #expect(TokenRate().bytes(inTokens: -1) == 0)
    }

    @Test func theThreeInputFiguresAreThePrompt() {
        let usage = Usage(inputTokens: 1, outputTokens: 9, cacheReadInputTokens: 20, cacheCreationInputTokens: 300)
        #expect(usage.promptTokens == 321)
        #expect(Usage(inputTokens: .max, cacheReadInputTokens: 1).promptTokens == .max)
    }
}

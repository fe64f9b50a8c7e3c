import TestSupport
import Testing

@testable import Agent

@Suite struct ShorteningTests {
    @Test func keepsBeginningAndEnd() {
        let text = String(repeating: "a", count: 1000) + "END"
        #expect(text.shortened(toJSONBytes: 1003) == text)
        #expect(
            text.shortened(toJSONBytes: 78)
                == String(repeating: "a", count: 20) + "\n[… 973 bytes left out …]\n" + "aaaaaaaEND"
        )
        #expect(text.shortened(toJSONBytes: 0) == "\n[… 1003 bytes left out …]\n")
    }

    @Test func fitsAndCutsNoCharacter() {
        let letters = ["a", "\"", "\\", "\n", "\u{1}", "é", "日", "😀"]
        for seed in 0..<500 {
            var dice = Dice(state: UInt64(seed))
            let text = (0..<dice.roll(300)).map { _ in dice.pick(letters) }.joined()
            let size = 48 + dice.roll(300)
            let short = text.shortened(toJSONBytes: size)
            var literal: [UInt8] = []
            literal.appendJSONString(short)
            #expect(literal.count - 2 <= size, "seed \(seed)")
            #expect(!short.unicodeScalars.contains("\u{FFFD}"), "seed \(seed)")
            #expect(JSONText.string(literal) == short, "seed \(seed)")
        }
    }

    @Test func aFreshResultTakesItsShare() {
        let budget = HistoryBudget(maxTokens: 32_000, rate: TokenRate())
        let long = ToolResult(text: String(repeating: "x", count: 40_000), isError: true)
        #expect(budget.shortened(ToolResult(text: "short"), besides: 0).text == "short")
        #expect(budget.shortened(long, besides: 0).text.utf8.count <= budget.sendableBytes / 8)
        #expect(budget.shortened(long, besides: 0).isError)
        var bytes = 0
        for _ in 0..<25 { bytes += budget.shortened(long, besides: bytes).text.utf8.count }
        // Where nothing is left each still takes a few words.
        #expect(bytes <= budget.sendableBytes + 25 * 256)
    }
}

import TestSupport
import Testing

@testable import Agent

/// What reads many bytes at a time says the same as what reads one after the other, wherever a word or a block ends.
@Suite struct PlainBytesTests {
    // MARK: UTF-8

    @Test func allPairsOfBytesAreJudgedAsByTheStandardLibrary() {
        for first in UInt8.min ... .max {
            for second in UInt8.min ... .max { checkUTF8([first, second]) }
        }
    }

    /// Each lead byte with what stands at the edges of what may follow.
    @Test func longSequencesAreJudgedAsByTheStandardLibrary() {
        let edges: [UInt8] = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for first in UInt8(0xC0) ... .max {
            for second in edges {
                for third in edges {
                    checkUTF8([first, second, third])
                    for fourth in edges { checkUTF8([first, second, third, fourth]) }
                }
            }
        }
    }

    @Test func randomTextIsJudgedAsByTheStandardLibrary() {
        var dice = Dice(state: 7)
        let pieces: [[UInt8]] = ["a", " word and word", "é", "щи", "日本", "🙂", "\u{7FF}\u{800}\u{FFFF}\u{10FFFF}"]
            .map { Array($0.utf8) }
        for _ in 0..<5000 {
            var bytes: [UInt8] = []
            for _ in 0..<dice.index(24) { bytes += dice.pick(pieces) }
            checkUTF8(bytes)
            guard !bytes.isEmpty else { continue }
            bytes[dice.index(bytes.count)] = UInt8(dice.index(256))
            checkUTF8(bytes)
            checkUTF8(Array(bytes.dropLast()))
        }
    }

    private func checkUTF8(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        let isRight = (try? UTF8Span(validating: bytes.span)) != nil
        guard bytes.withUnsafeBufferPointer(\.isUTF8) != isRight else { return }
        Issue.record("\(bytes) is UTF-8: \(isRight)", sourceLocation: sourceLocation)
    }

    // MARK: Strings

    private static let pieces: [(json: String, text: String)] = [
        ("a", "a"), ("n", "n"), ("plain text that fills a word", "plain text that fills a word"), ("é", "é"),
        ("日本語", "日本語"), (#"\""#, "\""), (#"\n"#, "\n"), (#"\\"#, #"\"#), (#"\/"#, "/"), (#"\t"#, "\t"),
        (#"\u00e9"#, "é"), (#"\ud83d\ude42"#, "🙂"), (#"{\"id\":4711,\"name\":\"n\"},"#, #"{"id":4711,"name":"n"},"#),
    ]

    @Test func stringsAreReadAndWrittenWhateverStandsWhere() throws {
        var dice = Dice(state: 8)
        for _ in 0..<3000 {
            let (json, text) = string(&dice)
            let bytes = Array(#"["\#(json)"]"#.utf8)
            #expect(try JSONValue(parsing: bytes) == [.string(text)])
            #expect(try JSONValue(parsing: JSONValue.string(text).encoded()) == .string(text))
        }
    }

    @Test func whatIsWrongInAStringIsFoundWhereverItStands() throws {
        var dice = Dice(state: 9)
        for _ in 0..<3000 {
            let start = #"["\#(string(&dice).json)"#
            let end = #"\#(string(&dice).json)"]"#
            let wrong: [(String, JSONError.Reason, offset: Int)] = [
                ("\u{1}", .controlCharacter, 0), ("\n", .controlCharacter, 0), (#"\q"#, .badEscape, 2),
                (#"\u00g0"#, .badEscape, 2), (#"""#, .unexpectedByte, 1),
            ]
            for (piece, reason, offset) in wrong {
                // Behind a string's end nothing but a comma or a bracket may come.
                let text = start + piece + (piece == #"""# ? "x" : "") + end
                let error = JSONError(reason: reason, offset: start.utf8.count + offset)
                #expect(throws: error, "\(text)") { try JSONValue(parsing: text.utf8) }
            }
            let cut = JSONError(reason: .endedEarly, offset: start.utf8.count)
            #expect(throws: cut, "\(start)") { try JSONValue(parsing: start.utf8) }
            #expect(throws: JSONError.self, "\(start)") { try JSONValue(parsing: (start + #"\"#).utf8) }
        }
    }

    private func string(_ dice: inout Dice) -> (json: String, text: String) {
        var string = (json: "", text: "")
        for _ in 0..<dice.index(12) {
            let piece = dice.pick(Self.pieces)
            string.json += piece.json
            string.text += piece.text
        }
        return string
    }
}

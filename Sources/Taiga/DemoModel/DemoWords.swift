/// A prompt taken apart into words, each as written and in lower case without the punctuation around it.
struct DemoWords: Sendable, Equatable {
    private var written: [String]
    /// The words in lower case, one for each word as written.
    private(set) var lower: [String]
    /// What the user put in double quotes.
    let quoted: String?

    init(_ prompt: String) {
        let quotes: Set<Character> = ["\"", "“", "”"]
        let parts = prompt.split(maxSplits: 2, omittingEmptySubsequences: false, whereSeparator: quotes.contains)
        var rest = prompt
        if parts.count == 3, !parts[1].allSatisfy(\.isWhitespace) {
            quoted = String(parts[1]).trimmed
            rest = parts[0] + " " + parts[2]
        } else {
            quoted = nil
        }
        let words = rest.split { $0.isWhitespace || $0.isNewline }.map { Self.bare($0) }.filter { !$0.isEmpty }
        written = words
        lower = words.map { $0.lowercased() }
    }

    /// The words as written.
    var text: String { written.joined(separator: " ") }

    /// Without the words up to and with the one at `index`.
    func dropping(through index: Int) -> DemoWords { dropping(upTo: index + 1) }

    /// Without the first `index` words.
    func dropping(upTo index: Int) -> DemoWords { with { $0.removeFirst(min(index, $0.count)) } }

    /// Only the first `index` words.
    func keeping(upTo index: Int) -> DemoWords { with { $0.removeLast($0.count - min(index, $0.count)) } }

    /// Takes a phrase such as `under story #12` out and gives the ref.
    mutating func takeStoryRef() -> Int? {
        for (index, word) in lower.enumerated().dropLast() where word == "story" {
            let digits = lower[index + 1].drop { $0 == "#" }
            guard let ref = Int(digits), ref > 0 else { continue }
            var start = index
            let leading: Set = ["user", "the", "under", "in", "of", "for", "to", "below"]
            while start > 0, leading.contains(lower[start - 1]) { start -= 1 }
            self = with { $0.removeSubrange(start...index + 1) }
            return ref
        }
        return nil
    }

    /// The number that a word stands for; numbers too large to be meant count as 1000.
    static func number(_ word: String) -> Int? {
        if !word.isEmpty, word.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return min(Int(word) ?? 1000, 1000)
        }
        return numbers[word]
    }

    private static let numbers = [
        "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "few": 3, "some": 3, "four": 4, "five": 5,
        "six": 6,
        "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    ]

    private func with(_ change: (inout [String]) -> Void) -> DemoWords {
        var copy = self
        change(&copy.written)
        copy.lower = copy.written.map { $0.lowercased() }
        return copy
    }

    private static func bare(_ word: Substring) -> String {
        let marks: Set<Character> = [".", ",", ";", ":", "!", "?", "'", "(", ")", "-", "–", "\0"]
        let front = word.drop(while: marks.contains)
        return String(front.reversed().drop(while: marks.contains).reversed())
    }
}

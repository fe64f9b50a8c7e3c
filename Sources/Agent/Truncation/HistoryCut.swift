/// The ways to make a history fit, the gentlest first; the first that fits is taken.
///
/// 1. The first turn, and of the others the newest that low water has room for, at least one.
/// 2. First and newest turn, long tool results shortened, ever more.
/// 3. Of the first turn only prompt and answer.
/// 4. The newest turn alone.
/// 5. Of the newest turn the prompt and its last steps, ever fewer; at least its answer, if it has come to that.
/// 6. Its prompt and answer, shortened.
struct HistoryCut {
    private let source: Conversation
    private let turns: [Range<Int>]
    private let limit: Int
    private let lowWater: Int

    init(of source: Conversation, limit: Int, lowWater: Int) {
        self.source = source
        turns = source.turns
        self.limit = limit
        self.lowWater = lowWater
    }

    func made() -> HistoryBudget.Cut {
        keepingNewest() ?? shorteningResults() ?? reducingFirst() ?? keepingSteps() ?? shorteningWords()
    }

    private var first: Range<Int> { turns[0] }
    private var newest: Range<Int> { turns[turns.count - 1] }
    /// What results are shortened to at last.
    private var leastResult: Int { max(64, lowWater / 64) }

    // MARK: Ways

    private func keepingNewest() -> HistoryBudget.Cut? {
        guard turns.count > 1 else { return nil }
        var start = turns.count - 1
        var size = bytes(of: first) + bytes(of: newest) + 2
        while start > 1, size + bytes(of: turns[start - 1]) <= lowWater {
            start -= 1
            size += bytes(of: turns[start])
        }
        return cut(stored(first) + stored(turns[start].lowerBound..<newest.upperBound), dropping: start - 1)
    }

    private func shorteningResults() -> HistoryBudget.Cut? {
        let kept = turns.count > 1 ? [first, newest] : [newest]
        for share in [lowWater / 4, lowWater / 16, leastResult] {
            let pieces = kept.flatMap { shortened($0, toBytes: share) }
            if let cut = cut(pieces, dropping: turns.count - kept.count) { return cut }
        }
        return nil
    }

    private func reducingFirst() -> HistoryBudget.Cut? {
        guard turns.count > 1 else { return nil }
        let newest = shortened(newest, toBytes: leastResult)
        let frame = [first.lowerBound] + (source.answer(of: first).map { [$0] } ?? [])
        return cut(frame.map { .stored($0) } + newest, dropping: turns.count - 2)
            ?? cut(newest, dropping: turns.count - 1)
    }

    private func keepingSteps() -> HistoryBudget.Cut? {
        let prompt = Excerpt.Piece.stored(newest.lowerBound)
        for step in source.steps(of: newest).dropFirst() {
            let steps = shortened(step..<newest.upperBound, toBytes: leastResult)
            if let cut = cut([prompt] + steps, dropping: turns.count - 1) { return cut }
        }
        // A step that does not fit by itself goes too: the model has its prompt and can look again.
        return source.answer(of: newest) == nil ? cut([prompt], dropping: turns.count - 1) : nil
    }

    private func shorteningWords() -> HistoryBudget.Cut {
        // Each of the two takes at most its half with what is around its words.
        let half = limit / 2 - 4
        let messages = [newest.lowerBound] + (source.answer(of: newest).map { [$0] } ?? [])
        let pieces = messages.map { number in
            source.messages[number].range.count <= half
                ? .stored(number) : source.shorteningWords(of: number, toBytes: half - 128)
        }
        return made(pieces, dropping: turns.count - 1)
    }

    // MARK: Pieces

    private func bytes(of turn: Range<Int>) -> Int {
        source.messages[turn].reduce(0) { $0 + $1.range.count + 2 }
    }

    private func stored(_ messages: Range<Int>) -> [Excerpt.Piece] { messages.map { .stored($0) } }

    private func shortened(_ messages: Range<Int>, toBytes size: Int) -> [Excerpt.Piece] {
        messages.map { source.shorteningResults(of: $0, toBytes: size) }
    }

    /// `nil` when it does not fit.
    private func cut(_ pieces: [Excerpt.Piece], dropping turns: Int) -> HistoryBudget.Cut? {
        let cut = made(pieces, dropping: turns)
        return cut.conversation.storedCount <= limit ? cut : nil
    }

    private func made(_ pieces: [Excerpt.Piece], dropping turns: Int) -> HistoryBudget.Cut {
        let bytes = Excerpt(pieces: pieces).bytes(of: source)
        return HistoryBudget.Cut(
            conversation: (try? Conversation(stored: bytes)) ?? Conversation(),
            droppedTurns: turns
        )
    }
}

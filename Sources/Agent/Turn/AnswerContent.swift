/// A model's answer without what a history must not hold: empty texts, and calls whose names the API refuses later.
struct AnswerContent {
    let all: [AnswerBlock]
    let calls: [ToolCall]

    init(_ answer: ModelAnswer, names: inout CallNames, in conversation: Conversation) {
        var all: [AnswerBlock] = []
        for block in answer.blocks {
            switch block {
            case .text(let text): if text.contains(where: { !$0.isWhitespace }) { all.append(block) }
            case .toolUse(let call): all.append(.toolUse(names.acceptable(call, in: conversation)))
            case .other: all.append(block)
            }
        }
        self.all = all
        calls = all.compactMap { if case .toolUse(let call) = $0 { call } else { nil } }
    }

    /// What may stay when nobody will answer the calls.
    var withoutCalls: [AnswerBlock] {
        all.filter { if case .toolUse = $0 { false } else { true } }
    }

    /// What may end a turn: no calls, and nothing behind the last text, since an answer must not end on a thought.
    var closing: [AnswerBlock] {
        let blocks = withoutCalls
        let end = blocks.lastIndex { if case .text = $0 { true } else { false } }
        return end.map { Array(blocks[...$0]) } ?? []
    }

    /// What is whole for certain in an answer that was cut.
    var texts: [AnswerBlock] {
        all.filter { if case .text = $0 { true } else { false } }
    }

    /// The texts, joined by blank lines; `nil` when there is none.
    var text: String? {
        let texts = all.compactMap { if case .text(let text) = $0 { text } else { nil } }
        return texts.isEmpty ? nil : texts.joined(separator: "\n\n")
    }
}

/// A model's answer without what a history must not hold: empty texts, and two calls of one id.
struct AnswerContent {
    let all: [AnswerBlock]
    let calls: [ToolCall]

    init(_ answer: ModelAnswer) {
        var ids: Set<String> = []
        all = answer.blocks.filter { block in
            switch block {
            case .text(let text): text.contains { !$0.isWhitespace }
            case .toolUse(let call): !call.id.isEmpty && ids.insert(call.id).inserted
            case .other: true
            }
        }
        calls = all.compactMap { if case .toolUse(let call) = $0 { call } else { nil } }
    }

    /// What may stay when nobody will answer the calls.
    var withoutCalls: [AnswerBlock] {
        all.filter { if case .toolUse = $0 { false } else { true } }
    }

    /// The texts, joined by blank lines; `nil` when there is none.
    var text: String? {
        let texts = all.compactMap { if case .text(let text) = $0 { text } else { nil } }
        return texts.isEmpty ? nil : texts.joined(separator: "\n\n")
    }
}

import Agent

/// Where a request tells the prompt cache to end a prefix: behind the tools, the system text, the committed history (what
/// the next turn repeats) and the last message (what the next step repeats). Four, as many as the API allows: those that
/// another program stored are left out (``ForeignMarks``).
/// Source: https://docs.claude.com/en/docs/build-with-claude/prompt-caching
struct CacheMarks: Equatable {
    enum Place: Equatable {
        /// An object of a message's content.
        case block(Range<Int>)
        /// A message's content that is a string: its literal, quotes included.
        case text(Range<Int>)
    }

    private(set) var system = false
    /// In the conversation's bytes, in ascending order.
    private(set) var places: [Place] = []

    init(for request: ModelRequest) {
        let conversation = request.conversation
        let last = conversation.messages.indices.last.flatMap { conversation.place(in: $0) }
        let committed =
            (1..<max(1, conversation.messages.count)).contains(request.committedMessages)
            ? conversation.place(in: request.committedMessages - 1) : nil
        places = [committed, last].compactMap(\.self)
        system = !request.system.isEmpty
    }
}

extension Conversation {
    /// Where a mark goes in a message: on its last block that may carry one.
    fileprivate func place(in index: Int) -> CacheMarks.Place? {
        let message = messages[index]
        switch message.form {
        case .text: return message.content.count > 2 ? .text(message.content) : nil
        case .malformed: return nil
        case .blocks:
            let marked = blocks(of: message).last { [.text, .toolUse, .toolResult].contains($0.kind) }
            return marked.map { .block($0.range) }
        }
    }
}

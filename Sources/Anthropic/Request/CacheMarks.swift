import Agent

/// Where a request tells the prompt cache to end a prefix: behind the tools, the system text, the committed history (what
/// the next turn repeats) and the last message (what the next step repeats). At most four, as the API allows.
/// Source: https://docs.claude.com/en/docs/build-with-claude/prompt-caching
struct CacheMarks: Equatable {
    enum Place: Equatable {
        /// An object of a message's content.
        case block(Range<Int>)
        /// A message's content that is a string: its literal, quotes included.
        case text(Range<Int>)
    }

    private(set) var tools = false
    private(set) var system = false
    /// In the conversation's bytes, in ascending order.
    private(set) var places: [Place] = []

    init(for request: ModelRequest) {
        let conversation = request.conversation
        // Another program may have stored marks of its own, which count as well.
        var left = 4 - conversation.bytes.count(of: "\"cache_control\"")
        func take() -> Bool {
            left -= 1
            return left >= 0
        }
        // The last message first: with few marks left it is the one that later requests read from.
        let last = conversation.messages.indices.last.flatMap { conversation.place(in: $0) }
        let committed =
            (1..<max(1, conversation.messages.count)).contains(request.committedMessages)
            ? conversation.place(in: request.committedMessages - 1) : nil
        if let last, take() { places.append(last) }
        if let committed, take() { places.insert(committed, at: 0) }
        system = !request.system.isEmpty && take()
        tools = !request.tools.isEmpty && take()
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
            guard let marked, bytes[marked.range].count(of: "\"cache_control\"") == 0 else { return nil }
            return .block(marked.range)
        }
    }
}

extension Collection<UInt8> where Index == Int {
    /// How often `needle` stands here. A key is found, its name inside a string is not: there the quotes are escaped.
    fileprivate func count(of needle: StaticString) -> Int {
        withContiguousStorageIfAvailable { bytes in
            needle.withUTF8Buffer { needle in
                guard bytes.count >= needle.count else { return 0 }
                var found = 0
                var index = 0
                while index <= bytes.count - needle.count {
                    if bytes[index] == needle[0], bytes[index + 1] == needle[1],
                        bytes[index..<index + needle.count].elementsEqual(needle)
                    {
                        found += 1
                        index += needle.count
                    } else {
                        index += 1
                    }
                }
                return found
            }
        } ?? 0
    }
}

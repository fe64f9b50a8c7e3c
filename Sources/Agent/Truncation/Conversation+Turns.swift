extension Conversation {
    /// The messages of each turn, oldest first. A turn starts with what the user said, which a message of results is not.
    package var turns: [Range<Int>] {
        let starts = messages.indices.filter { $0 == 0 || isPrompt($0) }
        let ends = starts.dropFirst() + [messages.count]
        return zip(starts, ends).map { $0..<$1 }
    }

    private func isPrompt(_ number: Int) -> Bool {
        let message = messages[number]
        return message.role == .user && !blocks(of: message).contains { $0.kind == .toolResult }
    }

    /// Where the steps of a turn start: each message of the model, in order.
    func steps(of turn: Range<Int>) -> [Int] { turn.filter { messages[$0].role == .assistant } }

    /// The message that ends the turn with words, if it has come to that.
    func answer(of turn: Range<Int>) -> Int? {
        guard let last = turn.last, messages[last].role == .assistant,
            !blocks(of: messages[last]).contains(where: { $0.kind == .toolUse })
        else { return nil }
        return last
    }

    // MARK: Shortening

    /// The message with each tool result that takes more than `size` bytes shortened; all else as it is stored.
    func shorteningResults(of number: Int, toBytes size: Int) -> Excerpt.Piece {
        let message = messages[number]
        let long = blocks(of: message).filter { $0.kind == .toolResult && $0.range.count > size }
        guard !long.isEmpty else { return .stored(number) }
        var json: [UInt8] = []
        var copied = message.range.lowerBound
        for block in long {
            guard let shorter = shorterResult(Array(bytes[block.range]), toBytes: size) else { continue }
            json += bytes[copied..<block.range.lowerBound]
            json += shorter
            copied = block.range.upperBound
        }
        json += bytes[copied..<message.range.upperBound]
        return .made(json)
    }

    /// The tool result with a text of at most `size` bytes; parts that are no text are named in it.
    private func shorterResult(_ json: [UInt8], toBytes size: Int) -> [UInt8]? {
        guard var members = JSONMembers(json), let content = members["content"] else { return nil }
        let text = JSONText.string(content) ?? JSONText.resultText(content)
        members.set("content", text: text.shortened(toJSONBytes: size))
        return members.encoded
    }

    /// The message with its words alone, shortened to `size` bytes.
    func shorteningWords(of number: Int, toBytes size: Int) -> Excerpt.Piece {
        let message = messages[number]
        let words: String
        if message.form == .text {
            words = JSONText.string(Array(bytes[message.content])) ?? ""
        } else {
            let spoken = blocks(of: message).filter { $0.kind != .thinking }
            words = JSONText.resultText(JSONText.array(spoken.map { Array(bytes[$0.range]) }))
        }
        guard let block = DraftBlock(text: words.shortened(toJSONBytes: size)) else { return .stored(number) }
        return .made(DraftMessage(message.role, [block]).encoded)
    }
}

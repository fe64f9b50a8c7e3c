/// Checks, message after message, that a history's messages follow on each other as the Messages API wants them: the
/// user first, results of tools right behind the calls, no call id twice.
///
/// It compares bytes as they are written, so it may take a proper history for an improper one, never the reverse.
struct MessageOrder {
    /// The ids that the message before asked for.
    private var open: [Range<Int>] = []
    /// Sketches of all call ids so far.
    private var callIDs: Set<UInt64> = []
    private var isFirst = true

    /// Calls of the last message wait for results.
    var isOpen: Bool { !open.isEmpty }

    /// Whether `message` may stand behind the messages taken before.
    mutating func takes(_ message: Message, _ blocks: ArraySlice<Block>, _ scanner: inout JSONScanner) -> Bool {
        defer { isFirst = false }
        switch (message.role, message.form) {
        case (.unknown, _), (_, .malformed):
            open.removeAll(keepingCapacity: true)
            return false
        case (.user, _):
            let results = blocks.prefix { $0.kind == .toolResult }
            defer { open.removeAll(keepingCapacity: true) }
            return areAnswered(by: results, scanner)
                && blocks.dropFirst(results.count).allSatisfy { $0.kind == .text }
                && (message.form == .text || !blocks.isEmpty)
        case (.assistant, _):
            var isInOrder = !isOpen && !isFirst && (message.form == .text || !blocks.isEmpty)
            open.removeAll(keepingCapacity: true)
            for block in blocks {
                switch block.kind {
                case .toolUse:
                    guard let id = block.toolID, callIDs.insert(sketch(of: scanner.slice(id))).inserted else {
                        isInOrder = false
                        continue
                    }
                    open.append(id)
                case .text, .thinking: continue
                case .toolResult, .other: isInOrder = false
                }
            }
            return isInOrder && blocks.last?.kind != .thinking
        }
    }

    private func areAnswered(by results: ArraySlice<Block>, _ scanner: JSONScanner) -> Bool {
        results.count == open.count
            && zip(results, open).allSatisfy { result, id in
                result.toolID.map { scanner.slice($0).elementsEqual(scanner.slice(id)) } ?? false
            }
    }
}

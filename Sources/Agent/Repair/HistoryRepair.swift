/// Goes through a history once and puts a sendable one together: messages that are right as they are stored, others as
/// repaired, and messages of its own where results or the beginning are missing.
struct HistoryRepair {
    private let source: Conversation
    private var counts: RepairCounts
    /// Suspects that are still to come.
    private var suspects: ArraySlice<Int>
    /// The next message of `source`.
    private var next = 0
    private var output = Excerpt()
    /// The calls of the last message of the output.
    private var open: [Call] = []
    private var callIDs: Set<String> = []

    /// A call, under the id that its result may name, and the one that it has now.
    private struct Call {
        let storedID: String
        let id: String
    }

    init(_ source: Conversation, _ counts: RepairCounts) {
        self.source = source
        self.counts = counts
        suspects = source.suspicion.messages[...]
    }

    /// The repaired history, which is `source` when no repair was needed, and the repairs made.
    mutating func run() -> (conversation: Conversation, repairs: [Repair: Int]) {
        while next < source.messages.count {
            let number = next
            next += 1
            if isRight(number) {
                keep(number)
                continue
            }
            guard let draft = draft(number) else { continue }
            if draft.role == .assistant { add(assistant: draft) } else { add(user: draft) }
        }
        answerOpenCalls()
        if counts.counts.isEmpty { return (source, [:]) }
        return ((try? Conversation(stored: output.bytes(of: source))) ?? Conversation(), counts.counts)
    }

    // MARK: Messages that are right

    /// Whether the message breaks no rule, and stands properly behind what is in the output.
    private mutating func isRight(_ number: Int) -> Bool {
        if suspects.first == number {
            suspects.removeFirst()
            return false
        }
        let message = source.messages[number]
        if message.role == .assistant {
            return open.isEmpty && !output.pieces.isEmpty && callIDs.isDisjoint(with: toolIDs(.toolUse, of: message))
        }
        return open.allSatisfy { $0.id == $0.storedID } && toolIDs(.toolResult, of: message) == open.map(\.id)
    }

    private mutating func keep(_ number: Int) {
        output.pieces.append(.stored(number))
        let calls = toolIDs(.toolUse, of: source.messages[number])
        callIDs.formUnion(calls)
        open = calls.map { Call(storedID: $0, id: $0) }
    }

    private func toolIDs(_ kind: Block.Kind, of message: Message) -> [String] {
        source.blocks(of: message).filter { $0.kind == kind }
            .map { String(decoding: source.bytes[$0.toolID ?? 0..<0], as: UTF8.self) }
    }

    // MARK: Messages that may not be

    private mutating func draft(_ number: Int) -> DraftMessage? {
        MessageRepair.repaired(Array(source.bytes[source.messages[number].range]), number: number, &counts)
    }

    private mutating func write(_ draft: DraftMessage) {
        output.pieces.append(draft.source.map { .stored($0) } ?? .made(draft.encoded))
    }

    private mutating func add(assistant draft: DraftMessage) {
        var draft = draft
        let words = draft.blocks.lastIndex { $0.kind != .thinking }.map { draft.blocks[...$0] } ?? []
        if words.count < draft.blocks.count {
            counts.note(.endsOnThought)
            guard !words.isEmpty else { return counts.note(.emptyContent) }
            draft.blocks = Array(words)
        }
        answerOpenCalls()
        if output.pieces.isEmpty, let beginning = DraftBlock(text: RepairText.missingBeginning) {
            counts.note(.assistantFirst)
            write(DraftMessage(.user, [beginning]))
        }
        for (index, block) in draft.blocks.enumerated() {
            guard case .toolUse(let storedID) = block.kind else { continue }
            let id = acceptableID(for: storedID)
            open.append(Call(storedID: storedID, id: id))
            guard id != storedID, var members = JSONMembers(block.json) else { continue }
            members.set("id", text: id)
            draft.blocks[index] = DraftBlock(.toolUse(id: id), members.encoded)
        }
        write(draft)
    }

    private mutating func acceptableID(for storedID: String) -> String {
        guard ToolNames.isPlain(storedID.utf8, maxLength: ToolNames.maxIDLength) else {
            counts.note(.badToolID)
            return freshID()
        }
        if callIDs.insert(storedID).inserted { return storedID }
        counts.note(.duplicateToolID)
        return freshID()
    }

    private mutating func freshID() -> String {
        var number = callIDs.count
        while !callIDs.insert("repaired_\(number)").inserted { number += 1 }
        return "repaired_\(number)"
    }

    // MARK: Results

    private mutating func add(user draft: DraftMessage) {
        var draft = draft
        let isAnswer = draft.blocks.contains { $0.resultID.map(isOpen) ?? false }
        guard isAnswer else {
            answerOpenCalls()
            if let draft = withoutOrphans(draft) { write(draft) }
            return
        }
        gatherSplitResults(into: &draft)
        var results: [DraftBlock] = []
        var others: [DraftBlock] = []
        var isBehindOthers = false
        for block in draft.blocks {
            if let id = block.resultID, let call = takeOpenCall(id) {
                if !others.isEmpty { isBehindOthers = true }
                results.append(block.answering(call.id))
            } else if let other = withoutOrphan(block) {
                others.append(other)
            }
        }
        if isBehindOthers { counts.note(.resultsNotFirst) }
        counts.note(orphans: open.count)
        results += open.map { DraftBlock(missingResultOf: $0.id) }
        open = []
        let blocks = results + others
        if !blocks.lazy.map(\.json).elementsEqual(draft.blocks.lazy.map(\.json)) { draft.blocks = blocks }
        write(draft)
    }

    private func isOpen(_ storedID: String) -> Bool { open.contains { $0.storedID == storedID } }

    private mutating func takeOpenCall(_ storedID: String) -> Call? {
        open.firstIndex { $0.storedID == storedID }.map { open.remove(at: $0) }
    }

    /// Some programs store each result as a message of its own: takes those that follow and answer what is still open.
    private mutating func gatherSplitResults(into draft: inout DraftMessage) {
        var missing = open.map(\.storedID)
        func answers(_ block: DraftBlock) -> Bool {
            guard let place = block.resultID.flatMap({ missing.firstIndex(of: $0) }) else { return false }
            missing.remove(at: place)
            return true
        }
        for block in draft.blocks { _ = answers(block) }
        while !missing.isEmpty, next < source.messages.count, source.messages[next].role == .user {
            let before = counts
            guard let follower = self.draft(next), follower.blocks.filter(answers).isEmpty == false else {
                counts = before
                return
            }
            counts.note(.splitResults)
            if suspects.first == next { suspects.removeFirst() }
            next += 1
            draft.blocks += follower.blocks
        }
    }

    /// Puts a message behind the last one that says for each of its calls that there is no result.
    private mutating func answerOpenCalls() {
        guard !open.isEmpty else { return }
        counts.note(orphans: open.count)
        write(DraftMessage(.user, open.map { DraftBlock(missingResultOf: $0.id) }))
        open = []
    }

    private mutating func withoutOrphans(_ draft: DraftMessage) -> DraftMessage? {
        guard draft.blocks.contains(where: { $0.resultID != nil }) else { return draft }
        var draft = draft
        draft.blocks = draft.blocks.compactMap { withoutOrphan($0) }
        guard draft.isEmpty else { return draft }
        counts.note(.emptyContent)
        return nil
    }

    private mutating func withoutOrphan(_ block: DraftBlock) -> DraftBlock? {
        guard block.resultID != nil else { return block }
        counts.note(.orphanedToolResult)
        return block.quoted
    }
}

extension RepairCounts {
    fileprivate mutating func note(orphans: Int) {
        if orphans > 0 { note(.orphanedToolUse, times: orphans) }
    }
}

import Foundation
import TestSupport
import Testing

@testable import Agent

@Suite struct RandomCutTests {
    private static let count = soak(5000, otherwise: 150)

    /// Random histories and budgets: the bound holds, whole turns stay, the Messages API takes what is left.
    @Test func whatIsCutFitsAndIsSendable() throws {
        var dropped = 0
        var cuts = 0
        var whole = 0
        var past = 0
        for seed in 0..<Self.count {
            var dice = Dice(state: UInt64(seed))
            let conversation = try randomConversation(&dice)
            let purpose = dice.pick([HistoryBudget.Purpose.storing, .sending])
            let rate = TokenRate(microTokensPerByte: dice.roll(1_200_000))
            let budget = HistoryBudget(maxTokens: dice.roll(8000), rate: rate, reservedBytes: dice.roll(2000))
            let limit = purpose == .storing ? budget.storedBytes : budget.sendableBytes
            guard let cut = budget.cut(conversation, for: purpose) else {
                #expect(conversation.storedCount <= limit, "seed \(seed)")
                continue
            }
            cuts += 1
            dropped += cut.droppedTurns
            if cut.conversation.storedCount > limit { past += 1 }
            #expect(cut.conversation.storedCount <= limit, "seed \(seed)")
            #expect(budget.cut(cut.conversation, for: purpose) == nil, "seed \(seed)")
            #expect(budget.cut(conversation, for: purpose) == cut, "seed \(seed)")
            let violation = try violation(in: cut.conversation)
            #expect(violation == nil, "seed \(seed)")
            #expect(cut.conversation.repaired().repairs.isEmpty, "seed \(seed)")
            #expect(cut.conversation.turns.count == conversation.turns.count - cut.droppedTurns, "seed \(seed)")
            if isWhole(cut, of: conversation) { whole += 1 }
            let first = slice(conversation, 0)
            let newest = slice(conversation, conversation.turns.count - 1)
            if conversation.turns.count > 1, first.count + newest.count + 8 <= limit {
                #expect(slice(cut.conversation, 0) == first, "seed \(seed)")
                #expect(slice(cut.conversation, cut.conversation.turns.count - 1) == newest, "seed \(seed)")
            }
        }
        print(
            "cut: \(Self.count) histories, \(cuts) cut, \(whole) to whole turns, \(dropped) turns dropped, "
                + "\(past) past the bound"
        )
        #expect(cuts > Self.count / 4)
        #expect(whole > 0 && whole < cuts)
    }

    /// Three hundred turns of one session on two workers that know only what is stored.
    @Test func overThreeHundredTurnsThePrefixSeldomChanges() throws {
        let overhead = 9000
        let maxTokens = 32_000
        var dice = Dice(state: 7)
        var stored = Conversation().stored
        var storedRate: Int?
        var sent = Conversation().bytes
        var (changes, calls, largestPrompt, largestStored, dropped) = (0, 0, 0, 0, 0)
        for turn in 0..<300 {
            // Another worker takes up what was stored.
            var conversation = try Conversation(stored: stored).repaired().conversation
            var rate = TokenRate(microTokensPerByte: storedRate)
            let prompt = "Turn \(turn): " + String(repeating: "what about it? ", count: dice.roll(20))
            let budget = HistoryBudget(maxTokens: maxTokens, rate: rate, reservedBytes: overhead + prompt.utf8.count)
            if let cut = budget.cut(conversation, for: .sending) {
                conversation = cut.conversation
                dropped += cut.droppedTurns
            }
            conversation.append(user: prompt)
            func send() {
                if !begins(conversation.bytes, with: sent) { changes += 1 }
                sent = conversation.bytes
                let bytes = overhead + sent.count
                let tokens = bytes * (260 + dice.roll(20)) / 1000
                rate.learn(promptTokens: tokens, requestBytes: bytes)
                largestPrompt = max(largestPrompt, tokens)
                calls += 1
            }
            for step in 0..<dice.roll(3) - 1 {
                send()
                let call = ToolCall("t\(turn)_\(step)", "look", #"{"q":1}"#)
                conversation.append(assistant: [.toolUse(call)])
                let size = dice.roll(10) == 1 ? 60_000 : dice.roll(4000)
                let result = budget.shortened(
                    ToolResult(text: String(repeating: "r", count: size)),
                    besides: conversation.bytes.count
                )
                conversation.append(toolResults: [(call, result)])
            }
            send()
            conversation.append(assistant: [.text(String(repeating: "answer ", count: dice.roll(100)))])
            let storing = HistoryBudget(maxTokens: maxTokens, rate: rate, reservedBytes: overhead)
            if let cut = storing.cut(conversation, for: .storing) {
                conversation = cut.conversation
                dropped += cut.droppedTurns
            }
            stored = conversation.stored
            storedRate = rate.microTokensPerByte
            largestStored = max(largestStored, rate.tokens(inBytes: stored.count))
            #expect(conversation.turns.count == turn + 1 - dropped)
            #expect(text(conversation).hasPrefix(#"[{"role":"user","content":"Turn 0:"#))
        }
        print(
            "300 turns, \(calls) model calls: the sent prefix changed \(changes) times, \(dropped) turns dropped; "
                + "largest prompt \(largestPrompt), largest history stored \(largestStored) of \(maxTokens) tokens"
        )
        #expect((1...60).contains(changes))
        #expect(largestPrompt <= maxTokens)
    }

    // MARK: Histories

    private func randomConversation(_ dice: inout Dice) throws -> Conversation {
        var conversation = Conversation()
        for turn in 0..<dice.roll(8) {
            conversation.append(user: words(&dice))
            for step in 0..<dice.roll(4) - 1 {
                let calls = (0..<dice.roll(3)).map { ToolCall("t\(turn)_\(step)_\($0)", "look", #"{"a":[1]}"#) }
                conversation.append(assistant: [.text(words(&dice))] + calls.map { .toolUse($0) })
                conversation.append(toolResults: calls.map { ($0, ToolResult(text: words(&dice))) })
            }
            // Now and then the newest turn is under way.
            if dice.roll(4) > 1 { conversation.append(assistant: [.text(words(&dice))]) }
        }
        return try Conversation(stored: conversation.stored)
    }

    private func begins(_ bytes: [UInt8], with prefix: [UInt8]) -> Bool {
        guard bytes.count >= prefix.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            prefix.withUnsafeBytes { prefix in
                guard let start = bytes.baseAddress, let prefixStart = prefix.baseAddress else { return true }
                return memcmp(start, prefixStart, prefix.count) == 0
            }
        }
    }

    private func words(_ dice: inout Dice) -> String {
        let length = dice.roll(5) == 1 ? dice.roll(3000) : dice.roll(60)
        return "w" + String(repeating: dice.pick(["a", "\"", "é ", "😀", "\n"]), count: length)
    }

    /// The bytes of a turn.
    private func slice(_ conversation: Conversation, _ turn: Int) -> ArraySlice<UInt8> {
        let messages = conversation.messages[conversation.turns[turn]]
        guard let first = messages.first, let last = messages.last else { return [] }
        return conversation.bytes[first.range.lowerBound..<last.range.upperBound]
    }

    /// Whether just whole turns are left: the first and the newest.
    private func isWhole(_ cut: HistoryBudget.Cut, of conversation: Conversation) -> Bool {
        let left = cut.conversation.turns.count
        return (0..<left).allSatisfy { turn in
            slice(cut.conversation, turn) == slice(conversation, turn == 0 ? 0 : turn + cut.droppedTurns)
        }
    }
}

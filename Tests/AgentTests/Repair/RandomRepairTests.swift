import Foundation
import TestSupport
import Testing

@testable import Agent

/// Random histories, right and broken ones: repaired and followed by a prompt, the Messages API takes each.
@Suite struct RandomRepairTests {
    private static let count = soak(20_000, otherwise: 4_000)

    @Test func whatIsRepairedIsAccepted() throws {
        var seen: [Repair: Int] = [:]
        var untouched = 0
        var refused = 0
        for seed in 0..<Self.count {
            var dice = Dice(state: UInt64(seed))
            let history =
                seed % 8 == 7
                ? "[\((0..<dice.roll(4)).map { _ in dice.json() }.joined(separator: ","))]" : broken(&dice)
            let stored = try Conversation(stored: Array(history.utf8))
            let (repaired, repairs) = stored.repaired()
            for (repair, times) in repairs { seen[repair, default: 0] += times }
            if repairs.isEmpty {
                untouched += 1
                #expect(repaired.bytes == stored.bytes, "seed \(seed)")
            }
            let violation = try violation(in: repaired)
            if violation != nil { refused += 1 }
            #expect(violation == nil, "seed \(seed): \(history) became \(text(repaired))")
            let again = try Conversation(stored: repaired.stored).repaired()
            #expect(again.repairs.isEmpty, "seed \(seed): \(history) became \(text(repaired))")
            #expect(again.conversation == repaired, "seed \(seed)")
            if seed % 8 == 0 { #expect(stored.repaired() == (repaired, repairs), "seed \(seed)") }
        }
        print("repair: \(Self.count) histories, \(untouched) needed nothing, \(refused) refused; repairs by kind:")
        for repair in Repair.allCases { print("  \(repair.rawValue): \(seen[repair, default: 0])") }
        for repair in Repair.allCases {
            #expect(seen[repair] != nil, "the dice never made a history with \(repair.rawValue)")
        }
    }

    private func broken(_ dice: inout Dice) -> String {
        var history = RandomHistory(&dice)
        for _ in 0..<dice.roll(6) - 1 { history.mutate(&dice) }
        return history.text
    }

    @Test func aRightHistoryKeepsItsBytes() throws {
        for seed in 0..<Self.count / 4 {
            var dice = Dice(state: UInt64(seed))
            let history = RandomHistory(&dice)
            let stored = try Conversation(stored: Array(history.text.utf8))
            let (repaired, repairs) = stored.repaired()
            #expect(repairs.isEmpty, "seed \(seed): \(history.text)")
            #expect(repaired.bytes == stored.bytes, "seed \(seed)")
        }
    }
}

/// What the Messages API would say to `conversation` and one more prompt.
func violation(in conversation: Conversation) throws -> String? {
    var next = conversation
    next.append(user: "Next")
    return MessagesAPIRules.violation(in: [
        "model": "m", "max_tokens": 1, "messages": try JSONValue(parsing: next.stored),
    ])
}

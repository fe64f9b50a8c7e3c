import Agent

extension Workload {
    /// What is done with a history.
    static let conversations: [Workload] =
        Histories.all.flatMap { size, history in
            [scan(history, size), appendTurn(to: history, size)]
        } + [
            cut(Histories.long, "100 KB", maxTokens: 16_000),
            cut(Histories.longest, "1 MB", maxTokens: 160_000),
        ]

    private static func scan(_ history: Conversation, _ size: String) -> Workload {
        Workload("scan/\(size)") {
            let stored = history.stored
            return { times in
                var found = 0
                for _ in 0..<times { found += try Conversation(stored: stored).blocks.count }
                return found
            }
        }
    }

    /// A turn's messages behind a history that is held by nobody else, as a run has it.
    private static func appendTurn(to history: Conversation, _ size: String) -> Workload {
        Workload("append/\(size)") {
            let turn = TurnSample(0)
            var conversation = history
            return { times in
                for number in 1...times {
                    conversation.append(turn)
                    // Not to grow for ever: one pass in so many begins anew.
                    if number % 64 == 0 { conversation = history }
                }
                return conversation.storedCount
            }
        }
    }

    private static func cut(_ history: Conversation, _ size: String, maxTokens: Int) -> Workload {
        Workload("cut/\(size)") {
            let budget = HistoryBudget(maxTokens: maxTokens, rate: TokenRate())
            return { times in
                var dropped = 0
                for _ in 0..<times { dropped += budget.cut(history, for: .storing)?.droppedTurns ?? 0 }
                return dropped
            }
        }
    }
}

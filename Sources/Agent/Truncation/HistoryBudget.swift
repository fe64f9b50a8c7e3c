/// How long a session's history may be, and how it is cut when it is longer.
///
///     0          low water              stored             sendable
///     ├──────────────┼──────────────────────┼──────────────────┤
///      kept by a cut                         room for one turn
///
/// A history is cut only when it has grown past its mark, and then down to low water, half of what may be stored: between
/// two cuts every request repeats its predecessor's bytes, so that the model's prompt cache hits. A window that slid by a
/// turn at a time would miss on every turn; a deeper cut would forget more and save little, as halving already writes
/// each byte into the cache about twice in all.
///
/// The cut history is what is stored. All workers see the same bytes.
package struct HistoryBudget: Sendable, Equatable {
    /// What is left of a history that had to be cut.
    package struct Cut: Sendable, Equatable {
        package var conversation: Conversation
        /// The turns that are gone.
        package var droppedTurns: Int
    }

    /// What a history is measured for.
    package enum Purpose: Sendable {
        /// It is to be stored when its turn has ended, and should leave room for the next.
        case storing
        /// It is to be sent now.
        case sending
    }

    /// Less is no budget: a prompt, an answer and their marks must fit.
    package static let leastBytes = 2048

    /// The most bytes of history that a request carries, `reservedBytes` not counted.
    package let sendableBytes: Int
    /// The most bytes of history that are stored.
    package var storedBytes: Int { sendableBytes / 4 * 3 }
    /// What a cut leaves, if whole turns allow it.
    var lowWaterBytes: Int { storedBytes / 2 }

    /// - Parameters:
    ///   - maxTokens: what a request's prompt may take in tokens (`HISTORY_MAX_TOKENS`).
    ///   - rate: the session's.
    ///   - reservedBytes: what the request carries besides the history: system text, tools, and the new prompt as long as
    ///     it is not in the history.
    package init(maxTokens: Int, rate: TokenRate, reservedBytes: Int = 0) {
        sendableBytes = max(Self.leastBytes, rate.bytes(inTokens: maxTokens) - reservedBytes)
    }

    /// The history cut so that it fits, or `nil` when it fits as it is.
    ///
    /// Whole turns go, except the first, which says what the session is about, and the newest. Only if those two do not
    /// fit are they shortened, ever harder; see ``HistoryCut``. In the end the bound holds. `conversation` must be
    /// sendable (``Conversation/repaired()``); so is the result.
    package func cut(_ conversation: Conversation, for purpose: Purpose) -> Cut? {
        let limit = purpose == .storing ? storedBytes : sendableBytes
        guard conversation.storedCount > limit, !conversation.messages.isEmpty else { return nil }
        return HistoryCut(of: conversation, limit: limit, lowWater: lowWaterBytes).made()
    }

    /// `result` as it may be appended to a history that takes `historyBytes` by now: at most an eighth of what may be
    /// sent, and a quarter of what is left of that, so that no number of results fills it. Longer ones keep beginning
    /// and end, with a mark between.
    package func shortened(_ result: ToolResult, besides historyBytes: Int) -> ToolResult {
        let share = min(sendableBytes / 8, (sendableBytes - historyBytes) / 4)
        var result = result
        result.text = result.text.shortened(toJSONBytes: max(Self.leastResultBytes, share))
        return result
    }

    /// What a result may take even when nothing is left; a few such may pass the bound until the next cut.
    private static let leastResultBytes = 256
}

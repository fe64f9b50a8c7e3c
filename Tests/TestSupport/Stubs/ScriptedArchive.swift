package import Agent
import Synchronization

/// An archive that keeps what it is given, and notes what it is asked to erase.
package final class ScriptedArchive: SessionArchive {
    private let conversations: [SessionID: ArchivedConversation]
    private let failure: StoreError?
    private let state = Mutex<[ErasureSubject]>([])

    /// - Parameters:
    ///   - conversations: the history and the number of turns by session; every owner's.
    ///   - failure: what every operation throws.
    package init(_ conversations: [String: (history: String, turns: Int)] = [:], failure: StoreError? = nil) {
        var known: [SessionID: ArchivedConversation] = [:]
        for (id, kept) in conversations {
            guard let id = SessionID(id) else { continue }
            known[id] = ArchivedConversation(history: Array(kept.history.utf8), turns: kept.turns)
        }
        self.conversations = known
        self.failure = failure
    }

    package var erased: [ErasureSubject] { state.withLock { $0 } }
    package var status: ArchiveStatus { ArchiveStatus(waiting: 3, lagSeconds: 2, dropped: 1, isReachable: true) }

    package func conversation(
        of session: SessionID,
        owner: Principal
    ) async throws(StoreError) -> ArchivedConversation? {
        if let failure { throw failure }
        return conversations[session]
    }

    package func sessions(of owner: Principal) async throws(StoreError) -> [SessionID] {
        if let failure { throw failure }
        return Array(conversations.keys)
    }

    package func erase(_ subject: ErasureSubject) async throws(StoreError) -> ErasureReceipt {
        if let failure { throw failure }
        state.withLock { $0.append(subject) }
        var receipt = ErasureReceipt(number: 7, erasedAt: 1_700_000_000)
        receipt.turns = 2
        return receipt
    }
}

import Logging

/// Stores a turn's outcome, trying again while there is time, since by now work has been done.
struct Committer: Sendable {
    /// What came of it.
    enum Outcome: Sendable {
        /// It is stored: as it was to be, or with the turn on top of what another program had stored meanwhile.
        case stored(onTop: Conversation?)
        /// It is not; a warning for the answer.
        case notStored(String)
    }

    let store: any SessionStore
    let timer: RunTimer
    let deadline: ContinuousClock.Instant
    let logger: Logger

    /// Stores `record`, before the deadline or not at all, and also for a task that was cancelled: work has been done.
    ///
    /// - Parameters:
    ///   - conversation: the history with the turn, to put the turn on top of what another program has stored meanwhile.
    ///   - first: its first message that belongs to the turn.
    @inline(never)
    func commit(_ record: TurnRecord, turn conversation: Conversation?, from first: Int) async -> Outcome {
        let outcome = await timer.shielded(by: deadline) { () -> Outcome in
            var record = record
            var merged: Conversation?
            while true {
                switch await attempt(record) {
                case .stored: return .stored(onTop: merged)
                case .cleared: return .notStored("History not kept: the session was cleared")
                case .superseded: return .notStored("History not kept: another run has taken the session over")
                case .changed(let history, let fingerprint):
                    guard let conversation, var changed = try? Conversation(sendable: history, logger) else {
                        return .notStored(Self.notSaved)
                    }
                    changed.append(messagesOf: conversation, from: first)
                    record.change?.history = .whole(changed.stored)
                    record.change?.fingerprint = fingerprint
                    merged = changed
                case nil: return .notStored(Self.notSaved)
                }
            }
        }
        return outcome ?? .notStored(Self.notSaved)
    }

    /// Gives the lease back, or lets it run out.
    @inline(never)
    func abandon(_ lease: Lease) async {
        let end = min(deadline, timer.now() + .seconds(1))
        let abandoned = await timer.bounded(by: end) {
            await Result { () async throws(StoreError) in try await store.abandon(lease) }
        }
        if case .success? = abandoned { return }
        logger.warning("Lease not given back: it runs out by itself")
    }

    private static let notSaved = "History not saved"

    /// `nil` when the store refuses for good.
    private func attempt(_ record: TurnRecord) async -> CommitVerdict? {
        await StorePatience(timer: timer, logger: logger).insist { [store] in
            await Result { () async throws(StoreError) in try await store.commit(record) }
        }
    }
}

import Logging

/// Stores a turn's outcome, trying again while there is time, since by now work has been done.
struct Committer: Sendable {
    let store: any SessionStore
    let timer: RunTimer
    let deadline: ContinuousClock.Instant
    let logger: Logger

    private static let firstPause = Duration.milliseconds(25)
    private static let longestPause = Duration.milliseconds(400)

    /// Stores `record`; a warning for the answer when that did not come about before the deadline.
    ///
    /// - Parameters:
    ///   - conversation: the history with the turn, to put the turn on top of what another program has stored meanwhile.
    ///   - first: its first message that belongs to the turn.
    func commit(_ record: TurnRecord, turn conversation: Conversation?, from first: Int) async -> String? {
        let warning = await timer.bounded(by: deadline) { () -> String? in
            var record = record
            while true {
                switch await attempt(record) {
                case .stored: return nil
                case .cleared: return "History not kept: the session was cleared"
                case .superseded: return "History not kept: another run has taken the session over"
                case .changed(let history, let fingerprint):
                    guard let conversation, var changed = try? Conversation(sendable: history, logger) else {
                        return Self.notSaved
                    }
                    changed.append(messagesOf: conversation, from: first)
                    record.change?.history = changed.stored
                    record.change?.fingerprint = fingerprint
                case nil: return Self.notSaved
                }
            }
        }
        return warning ?? Self.notSaved
    }

    /// Gives the lease back, or lets it run out.
    func abandon(_ lease: Lease) async {
        let end = min(deadline, timer.now() + .seconds(1))
        let abandoned = await timer.bounded(by: end) {
            await Result { () async throws(StoreError) in try await store.abandon(lease) }
        }
        if case .success? = abandoned { return }
        logger.warning("Lease not given back: it runs out by itself")
    }

    private static let notSaved = "History not saved"

    /// `nil` when the store refuses for good. One that is full now may have room in time.
    private func attempt(_ record: TurnRecord) async -> CommitVerdict? {
        var pause = Self.firstPause
        while true {
            do throws(StoreError) {
                return try await store.commit(record)
            } catch {
                if pause == Self.firstPause || error.code != .unavailable {
                    logger.warning("Turn not stored", metadata: ["error": "\(error)"])
                }
                guard error.code == .unavailable || error.code == .full else { return nil }
            }
            // Not all workers at the same moment, when the store is back.
            do { try await timer.sleep(timer.now() + pause * Double.random(in: 0.5...1)) } catch { return nil }
            pause = min(pause * 2, Self.longestPause)
        }
    }
}

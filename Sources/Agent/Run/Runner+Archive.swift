import Logging

/// What goes into the archive, and what comes back from it.
extension Runner {
    /// The turn as the archive is to keep it.
    ///
    /// - Parameters:
    ///   - first: the first message of `conversation` that is the turn's own.
    ///   - start: when it was asked for; `nil` when nobody knows any more.
    func archived(
        _ turn: JournalledTurn,
        _ outcome: TurnOutcome,
        in conversation: Conversation,
        from first: Int,
        startedAt start: ContinuousClock.Instant? = nil
    ) -> ArchivedTurn {
        let now = timer.date()
        return ArchivedTurn(
            turn,
            model: model.name,
            startedAt: start.map { now - Int((timer.now() - $0) / .milliseconds(1)) },
            endedAt: now,
            outcome: outcome,
            in: conversation,
            from: first
        )
    }

    /// What the commit of these turns leaves for the archive; `nil` when there is none, or nothing to keep.
    func entry(for request: RunRequest, _ turns: [ArchivedTurn]) -> ArchiveEntry? {
        guard archive != nil, let session = request.session, !turns.isEmpty else { return nil }
        return ArchiveEntry(session, owner: request.principal, turns: turns)
    }

    /// Puts what the archive keeps of the session below the turn. The commit stores it again, together with the turn.
    func restore(
        _ ground: inout Ground,
        for request: RunRequest,
        _ deadline: ContinuousClock.Instant,
        _ logger: Logger
    ) async throws(StoreError) {
        guard let archive, let session = request.session else { return }
        let found = await timer.bounded(by: deadline - settings.commitReserve) {
            await Result { () async throws(StoreError) in
                try await archive.conversation(of: session, owner: request.principal)
            }
        }
        guard let found else { throw StoreError(.unavailable, "The archive did not answer before the deadline.") }
        guard let kept = try found.get() else { return }
        do throws(JSONError) {
            ground.history = try Conversation(sendable: kept.history, logger)
        } catch {
            throw StoreError(.unreadable, "What the archive keeps is no JSON array.", underlying: error)
        }
        ground.restoredTurns = kept.turns
        logger.notice("Session restored from the archive", metadata: ["turns": "\(kept.turns)"])
    }
}

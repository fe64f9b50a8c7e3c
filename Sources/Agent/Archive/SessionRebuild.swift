/// Puts a session back into the store that has forgotten it.
package struct SessionRebuild: Sendable {
    private let store: any SessionStore
    private let archive: any SessionArchive

    package init(store: any SessionStore, archive: any SessionArchive) {
        self.store = store
        self.archive = archive
    }

    /// Stores what the archive keeps of the session, under its owner; how many turns it had.
    ///
    /// - Parameter timeToLive: seconds that the session lives unless another turn renews it.
    /// - Throws: `.unreadable` when there is nothing to restore, or the store has a conversation there.
    package func restore(
        _ session: SessionID,
        owner: Principal,
        timeToLive: Int
    ) async throws(StoreError) -> Int {
        let claim = TurnClaim(
            scope: .session(session),
            runID: RunID(),
            principal: owner,
            ifBusy: .reject,
            waitUntil: .now
        )
        guard case .begun(let basis) = try await store.begin(claim) else {
            throw StoreError(.unreadable, "The session is in use, or someone else's.")
        }
        guard basis.stored == nil, basis.journal.isEmpty else {
            try await store.abandon(basis.lease)
            throw StoreError(.unreadable, "The session has a conversation: it was not touched.")
        }
        // Read under the lease: a clear that comes now refuses the commit.
        let kept: ArchivedConversation
        do throws(StoreError) {
            guard let found = try await archive.conversation(of: session, owner: owner) else {
                throw StoreError(.unreadable, "The archive has no such session of this owner, or it was cleared.")
            }
            kept = found
        } catch {
            try await store.abandon(basis.lease)
            throw error
        }
        let change = SessionChange(
            history: .whole(kept.history),
            fingerprint: basis.fingerprint,
            timeToLive: timeToLive,
            turns: kept.turns
        )
        guard try await store.commit(TurnRecord(lease: basis.lease, change: change, answer: nil)) == .stored else {
            throw StoreError(.unreadable, "Somebody else has changed the session meanwhile.")
        }
        return kept.turns
    }
}

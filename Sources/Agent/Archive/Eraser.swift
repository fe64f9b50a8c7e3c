/// Erases conversations: from the store first, so that nothing more comes of them, then from the archive. What was erased
/// halfway, since one of the two is down, is erased by doing it again.
package struct Eraser: Sendable {
    private let store: any SessionStore
    private let archive: (any SessionArchive)?

    package init(store: any SessionStore, archive: (any SessionArchive)?) {
        self.store = store
        self.archive = archive
    }

    /// Erases a session that `caller` may touch; of one that is someone else's nothing.
    package func erase(_ session: SessionID, for caller: Caller) async throws(StoreError) -> ErasureReceipt {
        let wasThere = try await store.clear(session, for: caller)
        var receipt = try await eraseArchived(.session(session, owner: caller.principal))
        receipt.storedSessions = wasThere ? 1 : 0
        return receipt
    }

    /// Erases all sessions of a user, those that have expired or have only begun as well, and what is kept for them besides.
    package func erase(user: Principal) async throws(StoreError) -> ErasureReceipt {
        var cleared = try await store.forget(user)
        // The store may not know any more whose they were, and still have answers of theirs.
        for session in try await archive?.sessions(of: user) ?? []
        where try await store.clear(session, for: .principal(user)) {
            cleared += 1
        }
        var receipt = try await eraseArchived(.user(user))
        receipt.storedSessions = cleared
        return receipt
    }

    private func eraseArchived(_ subject: ErasureSubject) async throws(StoreError) -> ErasureReceipt {
        guard let archive else { return ErasureReceipt(erasedAt: systemMilliseconds() / 1000) }
        return try await archive.erase(subject)
    }
}

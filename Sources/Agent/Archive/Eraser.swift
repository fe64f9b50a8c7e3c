/// Erases conversations: from the store first, so that nothing more comes of them, then from the archive. What was erased
/// halfway, since one of the two is down, is erased by doing it again.
package struct Eraser: Sendable {
    private static let page = 200

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

    /// Erases all sessions of a user, and what is kept for them besides.
    package func erase(user: Principal) async throws(StoreError) -> ErasureReceipt {
        var cleared = 0
        var query = SessionQuery(owner: user, limit: Self.page)
        repeat {
            let page = try await store.list(query)
            for session in page.sessions where try await store.clear(session.session, for: .principal(user)) {
                cleared += 1
            }
            query.cursor = page.cursor
        } while query.cursor != nil
        try await store.forget(user)
        var receipt = try await eraseArchived(.user(user))
        receipt.storedSessions = cleared
        return receipt
    }

    private func eraseArchived(_ subject: ErasureSubject) async throws(StoreError) -> ErasureReceipt {
        guard let archive else { return ErasureReceipt(erasedAt: systemMilliseconds() / 1000) }
        return try await archive.erase(subject)
    }
}

import Agent
import Testing

extension SessionStoreContract {
    /// Sessions end by themselves, and only then.
    static let expiry = [
        Self("a session tells the seconds that it has left") { stage in
            let session = try freshSession("left")
            try await stage.commit(session, "[1]", timeToLive: 100)
            let fresh = try #require(try await stage.load(session)?.expiresIn)
            #expect((90...100).contains(fresh))
            try await stage.letPass(1)
            let later = try #require(try await stage.load(session)?.expiresIn)
            #expect((90...99).contains(later))
            #expect(later < fresh)
        },
        Self("an expired session is absent, and the next commit starts a new one") { stage in
            let session = try freshSession("expired")
            try await stage.commit(session, "[1]", timeToLive: 3)
            try await stage.commit(session, "[1,2]", timeToLive: 3)
            #expect(try await stage.load(session) != nil)
            try await stage.letPass(3)
            #expect(try await stage.load(session) == nil)
            try await stage.commit(session, "[3]")
            #expect(try await stage.load(session)?.meta?.turns == 1)
        },
        Self("a commit renews the time to live") { stage in
            let session = try freshSession("renewed")
            try await stage.commit(session, "[1]", timeToLive: 6)
            try await stage.letPass(4)
            try await stage.commit(session, "[1,2]", timeToLive: 6)
            try await stage.letPass(4)
            let stored = try #require(try await stage.load(session))
            #expect(stored.history == Array("[1,2]".utf8))
            #expect(stored.meta?.turns == 2)
        },
        Self("a commit may shorten the time to live") { stage in
            let session = try freshSession("shortened")
            try await stage.commit(session, "[1]", timeToLive: 600)
            try await stage.commit(session, "[1,2]", timeToLive: 1)
            try await stage.letPass(1)
            #expect(try await stage.load(session) == nil)
        },
        Self("a session does not expire in the middle of its turn", lease: .ends) { stage in
            let session = try freshSession("stretched")
            try await stage.commit(session, "[1]", timeToLive: 3)
            let basis = try await stage.begun(session)
            try await stage.letPass(4)
            #expect(try await stage.text(session) == "[1]")
            #expect(try await stage.commit(basis, "[1,2]", timeToLive: 3) == .stored)
            #expect(try await stage.load(session)?.meta?.turns == 2)
            try await stage.letPass(3)
            #expect(try await stage.load(session) == nil)
        },
        Self("a begin does not shorten the time to live") { stage in
            let session = try freshSession("not-shortened")
            try await stage.commit(session, "[1]", timeToLive: 3600)
            let basis = try await stage.begun(session)
            try await stage.store.abandon(basis.lease)
            #expect(try await stage.load(session)?.expiresIn ?? 0 > 3500)
        },
        Self("the time to live that a turn asked for is known to the next") { stage in
            let session = try freshSession("sticky")
            try await stage.commit(session, "[1]", timeToLive: 300)
            #expect(try await stage.load(session)?.meta?.timeToLive == 300)
            try await stage.commit(session, "[1,2]", timeToLive: 3600)
            #expect(try await stage.begun(session).stored?.meta?.timeToLive == 3600)
        },
        Self("a load does not renew the time to live") { stage in
            let session = try freshSession("looked-at")
            try await stage.commit(session, "[1]", timeToLive: 4)
            try await stage.letPass(1)
            #expect(try await stage.load(session) != nil)
            try await stage.letPass(3)
            #expect(try await stage.load(session) == nil)
        },
        Self("a cleanup removes the expired sessions and no other") { stage in
            let expired = try (0..<5).map { _ in try freshSession("swept") }
            let lasting = try (0..<5).map { _ in try freshSession("lasting") }
            for session in expired { try await stage.commit(session, "[1]", timeToLive: 1) }
            for session in lasting { try await stage.commit(session, "[2]") }
            try await stage.letPass(1)
            let stale = try await stage.store.cleanup(dryRun: true)
            #expect(try await stage.store.cleanup(dryRun: true) == stale, "counting removes nothing")
            let removed = try await stage.store.cleanup(dryRun: false)
            #expect(removed >= 0)
            if stage.holdsExpiredSessions {
                #expect(stale == expired.count)
                #expect(removed == expired.count)
                #expect(try await stage.store.cleanup(dryRun: false) == 0)
            }
            for session in expired { #expect(try await stage.load(session) == nil) }
            for session in lasting { #expect(try await stage.text(session) == "[2]") }
        },
    ]
}

import Agent
import Testing

extension SessionStoreContract {
    /// A cleared session is gone, with all that was known about it.
    static let clearing = [
        Self("a cleared session is absent") { stage in
            let session = try freshSession("cleared")
            try await stage.commit(session, "[1]")
            #expect(try await stage.clear(session))
            #expect(try await stage.load(session) == nil)
        },
        Self("clearing an absent session, or twice, is no error") { stage in
            let session = try freshSession("never-there")
            #expect(try await !stage.clear(session))
            #expect(try await !stage.clear(session))
            #expect(try await stage.load(session) == nil)
        },
        Self("a commit after a clear starts a new session") { stage in
            let session = try freshSession("again")
            try await stage.commit(session, "[1]")
            try await stage.commit(session, "[1,2]")
            try await stage.clear(session)
            try await stage.letPass(1)
            try await stage.commit(session, "[3]")
            let stored = try #require(try await stage.load(session))
            #expect(stored.history == Array("[3]".utf8))
            #expect(stored.meta?.turns == 1)
            #expect(stored.meta?.createdAt == stored.meta?.updatedAt)
        },
        Self("clearing one session leaves its neighbours") { stage in
            let session = try freshSession("one")
            let longer = try #require(SessionID(session.text + ":meta"))
            try await stage.commit(session, "[1]")
            try await stage.commit(longer, "[2]")
            try await stage.clear(session)
            #expect(try await stage.text(longer) == "[2]")
        },
    ]
}

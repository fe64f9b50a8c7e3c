import Agent
import Testing

extension SessionStoreContract {
    /// Another program that knows only where the history lies can begin and continue a conversation.
    static let foreignWrites = [
        Self("a session that another program began is there, without meta") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign")
            try await write(session, Array("[1]".utf8), 100)
            let stored = try #require(try await stage.store.load(session))
            #expect(stored.history == Array("[1]".utf8))
            #expect(stored.meta == nil)
            let left = try #require(stored.expiresIn)
            #expect((98...100).contains(left))

            try await stage.commit(session, "[1,2]")
            #expect(try await stage.store.load(session)?.meta?.turns == 1)
        },
        Self("what another program wrote into a session is loaded; the count goes on") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("shared")
            try await stage.commit(session, "[1]")
            try await write(session, Array("[1,2]".utf8), 100)
            let stored = try #require(try await stage.store.load(session))
            #expect(stored.history == Array("[1,2]".utf8))
            #expect(stored.meta?.turns == 1)
            try await stage.commit(session, "[1,2,3]")
            #expect(try await stage.store.load(session)?.meta?.turns == 2)
        },
        Self("what another program stored without an expiry does not expire") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("forever")
            try await write(session, Array("[1]".utf8), nil)
            let stored = try #require(try await stage.store.load(session))
            #expect(stored.history == Array("[1]".utf8))
            #expect(stored.expiresIn == nil)
            try await stage.commit(session, "[1,2]", timeToLive: 100)
            #expect(try await stage.store.load(session)?.expiresIn != nil)
        },
        Self("what is no JSON is handed out as it is, not judged") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            for bytes in [[], Array("{".utf8), [0xFF, 0x00]] {
                let session = try freshSession("garbage")
                try await write(session, bytes, 100)
                #expect(try await stage.store.load(session)?.history == bytes)
            }
        },
        Self("a clear takes what another program wrote along") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-cleared")
            try await stage.commit(session, "[1]")
            try await write(session, Array("[1,2]".utf8), nil)
            try await stage.store.clear(session)
            #expect(try await stage.store.load(session) == nil)
        },
        Self("when another program let the session end, the next commit starts a new one") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-ended")
            try await stage.commit(session, "[1]")
            try await stage.commit(session, "[1,2]")
            try await write(session, Array("[1,2,3]".utf8), 1)
            try await stage.letPass(1)
            #expect(try await stage.store.load(session) == nil)
            try await stage.commit(session, "[4]")
            #expect(try await stage.store.load(session)?.meta?.turns == 1)
        },
    ]
}

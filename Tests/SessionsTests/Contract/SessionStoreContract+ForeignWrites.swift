import Agent
import Testing

extension SessionStoreContract {
    /// Another program that knows only where the history lies can begin and continue a conversation.
    static let foreignWrites = [
        Self("a session that another program began is there, without meta") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign")
            try await write(session, Array("[1]".utf8), 100)
            let stored = try #require(try await stage.load(session))
            #expect(stored.history == Array("[1]".utf8))
            #expect(stored.meta == nil)
            let left = try #require(stored.expiresIn)
            #expect((90...100).contains(left))

            try await stage.commit(session, "[1,2]")
            #expect(try await stage.load(session)?.meta?.turns == 1)
        },
        Self("what another program wrote into a session is loaded; the count goes on") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("shared")
            try await stage.commit(session, "[1]")
            try await write(session, Array("[1,2]".utf8), 100)
            let stored = try #require(try await stage.load(session))
            #expect(stored.history == Array("[1,2]".utf8))
            #expect(stored.meta?.turns == 1)
            try await stage.commit(session, "[1,2,3]")
            #expect(try await stage.load(session)?.meta?.turns == 2)
        },
        Self("what another program writes in the middle of a turn comes before the turn") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-between")
            try await stage.commit(session, "[1]")
            var basis = try await stage.begun(session)
            // Of the same length: it is noticed all the same.
            try await write(session, Array("[2]".utf8), 100)
            guard case .changed(let history, let fingerprint) = try await stage.commit(basis, "[1,3]") else {
                Issue.record("not noticed")
                return
            }
            #expect(history == Array("[2]".utf8))
            #expect(try await stage.text(session) == "[2]")
            basis.fingerprint = fingerprint
            #expect(try await stage.commit(basis, "[2,3]") == .stored)
            #expect(try await stage.text(session) == "[2,3]")
            #expect(try await stage.load(session)?.meta?.turns == 2)
        },
        Self("a session that another program begins in the middle of its first turn is kept") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-first")
            let basis = try await stage.begun(session)
            try await write(session, Array("[1]".utf8), 100)
            guard case .changed(let history, _) = try await stage.commit(basis, "[2]") else {
                Issue.record("not noticed")
                return
            }
            #expect(history == Array("[1]".utf8))
        },
        Self("a session that another program began belongs to whoever runs it first") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-owned")
            try await write(session, Array("[1]".utf8), 100)
            #expect(try await stage.store.load(session, for: .principal(.bob)) != nil)
            let basis = try await stage.begun(session)
            #expect(basis.text == "[1]")
            #expect(basis.stored?.meta == nil)
            #expect(try await stage.commit(basis, "[1,2]") == .stored)
            #expect(try await stage.store.load(session, for: .principal(.bob)) == nil)
        },
        Self("whose a session is stays known when another program prolongs it") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-prolonged")
            try await stage.commit(session, "[1]", timeToLive: 1)
            try await write(session, Array("[1,2]".utf8), 100)
            try await stage.letPass(2)
            #expect(try await stage.store.load(session, for: .principal(.bob)) == nil)
            #expect(try await stage.begin(session, as: .bob) == .notFound)
            let basis = try await stage.begun(session)
            #expect(basis.text == "[1,2]" && basis.stored?.meta?.turns == 1)
        },
        Self("what another program stored without an expiry does not expire") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("forever")
            try await write(session, Array("[1]".utf8), nil)
            let stored = try #require(try await stage.load(session))
            #expect(stored.history == Array("[1]".utf8))
            #expect(stored.expiresIn == nil)
            try await stage.commit(session, "[1,2]", timeToLive: 100)
            #expect(try await stage.load(session)?.expiresIn != nil)
        },
        Self("what is no JSON is handed out as it is, not judged") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            for bytes in [[], Array("{".utf8), [0xFF, 0x00]] {
                let session = try freshSession("garbage")
                try await write(session, bytes, 100)
                #expect(try await stage.load(session)?.history == bytes)
            }
        },
        Self("a clear takes what another program wrote along") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-cleared")
            try await stage.commit(session, "[1]")
            try await write(session, Array("[1,2]".utf8), nil)
            try await stage.clear(session)
            #expect(try await stage.load(session) == nil)
        },
        Self("when another program let the session end, the next commit starts a new one") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-ended")
            try await stage.commit(session, "[1]")
            try await stage.commit(session, "[1,2]")
            try await write(session, Array("[1,2,3]".utf8), 1)
            try await stage.letPass(1)
            #expect(try await stage.load(session) == nil)
            try await stage.commit(session, "[4]")
            #expect(try await stage.load(session)?.meta?.turns == 1)
        },
    ]
}

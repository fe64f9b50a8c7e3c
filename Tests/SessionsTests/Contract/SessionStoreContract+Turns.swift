import Agent
import Testing

extension SessionStoreContract {
    /// What is committed is what is loaded, and turns are counted.
    static let turns = [
        Self("the store can be asked whether it serves") { try await $0.store.check() },
        Self("a session that nobody committed is absent") { stage in
            let session = try freshSession("absent")
            #expect(try await stage.load(session) == nil)
        },
        Self("a turn begins with what is stored") { stage in
            let session = try freshSession("begun")
            let first = try await stage.begun(session)
            #expect(first.stored == nil)
            #expect(try await stage.load(session) == nil, "nothing was committed")
            try await stage.commit(first, "[1]")
            let second = try #require(try await stage.begun(session, on: stage.another).stored)
            let loaded = try #require(try await stage.load(session))
            #expect(second.history == loaded.history)
            #expect(second.meta == loaded.meta)
        },
        Self("a history comes back byte for byte") { stage in
            for (label, history) in try histories() {
                let session = try freshSession("bytes")
                try await stage.commit(session, history)
                let stored = try #require(try await stage.load(session), "\(label)")
                // Compared here, so that a failure does not print a megabyte.
                let identical = stored.history == history
                #expect(identical, "\(label)")
            }
        },
        Self("a commit replaces the history, whether it grew or shrank") { stage in
            let session = try freshSession("replaced")
            for history in ["[1]", "[1,22,333]", "[]", String(repeating: " ", count: 70_000) + "[4]"] {
                try await stage.commit(session, history)
                let identical = try await stage.text(session) == history
                #expect(identical, "\(history.utf8.count) bytes")
            }
        },
        Self("turns count up, the time of creation stays, the time of the update moves") { stage in
            let session = try freshSession("counted")
            try await stage.commit(session, "[1]")
            let first = try #require(try await stage.load(session)?.meta)
            #expect(first.turns == 1)
            #expect(first.updatedAt == first.createdAt)
            #expect(first.createdAt > 1_500_000_000, "seconds since 1970")
            #expect(first.createdAt < 100_000_000_000, "seconds, not milliseconds")

            try await stage.letPass(1)
            try await stage.commit(session, "[1,2]")
            let second = try #require(try await stage.load(session)?.meta)
            #expect(second.turns == 2)
            #expect(second.createdAt == first.createdAt)
            #expect(second.updatedAt > first.updatedAt)
        },
        Self("what a turn learnt about the session comes back to the next") { stage in
            let session = try freshSession("learnt")
            let basis = try await stage.begun(session)
            let change = SessionChange(
                history: .whole(Array("[1]".utf8)),
                fingerprint: basis.fingerprint,
                timeToLive: 300,
                tokenRate: 251_337,
                turnsCut: 12
            )
            let verdict = try await stage.store.commit(TurnRecord(lease: basis.lease, change: change, answer: nil))
            #expect(verdict == .stored)
            let meta = try #require(try await stage.begun(session, on: stage.another).stored?.meta)
            #expect(meta.tokenRate == 251_337)
            #expect(meta.turnsCut == 12)
            #expect(meta.timeToLive == 300)
        },
        Self("a turn may leave nothing to keep") { stage in
            let session = try freshSession("nothing")
            try await stage.commit(session, "[1]")
            let lease = try await stage.begun(session).lease
            #expect(try await stage.store.commit(TurnRecord(lease: lease, change: nil, answer: nil)) == .stored)
            let stored = try #require(try await stage.begun(session).stored)
            #expect(stored.history == Array("[1]".utf8))
            #expect(stored.meta?.turns == 1)
        },
        Self("a history that is too large is refused and the stored one stays") { stage in
            guard let size = stage.refusedSize else { return }
            let session = try freshSession("large")
            try await stage.commit(session, "[1]")
            let error = await #expect(throws: StoreError.self) {
                try await stage.commit(session, [UInt8](repeating: 0x20, count: size))
            }
            #expect(error?.code == .tooLarge)
            let stored = try #require(try await stage.load(session))
            #expect(stored.history == Array("[1]".utf8))
            #expect(stored.meta?.turns == 1)
        },
    ]

    /// Histories that a store may be tempted to touch. Made once for each check: one of them is a megabyte.
    private static func histories() throws -> [(label: String, bytes: [UInt8])] {
        let megabyte = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        return [
            ("empty array", Array("[]".utf8)),
            ("spaces around it", Array(" [ ] \r\n".utf8)),
            ("several scripts", Array(#"[{"role":"user","content":"Zażółć 東京 🧵 \u0000 \ud83e"}]"#.utf8)),
            ("line ends and NUL", Array("[\"a\r\n\0b\r\n$-1\r\n\"]".utf8)),
            ("not UTF-8", [0x5B, 0xFF, 0xFE, 0x80, 0x5D]),
            ("one megabyte", megabyte),
        ]
    }
}

import Agent
import Testing

extension SessionStoreContract {
    /// Nobody reads what belongs to another session, however many there are at once.
    static let isolation = [
        Self("ids that look alike are different sessions") { stage in
            let base = try freshSession("Alike").text
            let texts = [
                base, base + "a", base + "A", base + ":", base + "::", base + ".", base + "-",
                base + String(repeating: "x", count: 128 - base.utf8.count),
                base + String(repeating: "x", count: 127 - base.utf8.count) + "y",
            ]
            let sessions = try texts.map { try #require(SessionID($0)) }
            for session in sessions { try await stage.commit(session, history(of: session, turn: 1)) }
            for session in sessions { #expect(try await stage.text(session) == history(of: session, turn: 1)) }
        },
        Self("many sessions at once do not mix") { stage in
            let sessions = try (0..<64).map { _ in try freshSession("crowd") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for session in sessions {
                    group.addTask {
                        for turn in 1...10 {
                            try await stage.commit(session, history(of: session, turn: turn))
                            let stored = try await stage.load(session)
                            #expect(stored?.history == Array(history(of: session, turn: turn).utf8))
                            #expect(stored?.meta?.turns == turn)
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
        Self("a session is read whole while it is written") { stage in
            let session = try freshSession("whole")
            let sizes = [10, 5_000, 60_000]
            try await stage.commit(session, [UInt8](repeating: 0x30, count: sizes[0]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for turn in 1...30 {
                        let history = [UInt8](repeating: UInt8(0x30 + turn % 3), count: sizes[turn % 3])
                        try await stage.commit(session, history)
                    }
                }
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<30 {
                            let stored = try #require(try await stage.load(session))
                            let digit = Int(stored.history[0]) - 0x30
                            #expect(stored.history.count == sizes[digit])
                            #expect(stored.history.allSatisfy { Int($0) == digit + 0x30 })
                            // History and count are one commit: turn n wrote digit (n - 1) % 3.
                            #expect(stored.meta.map { ($0.turns - 1) % 3 } == digit)
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
    ]

    /// What turn `turn` of `session` stores: no two are equal, and their lengths differ.
    private static func history(of session: SessionID, turn: Int) -> String {
        "[\"\(session) \(turn)\"\(String(repeating: " ", count: turn * 200))]"
    }
}

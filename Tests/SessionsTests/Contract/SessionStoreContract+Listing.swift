import Agent
import Testing

extension SessionStoreContract {
    /// What a list tells, and of what.
    static let listing = [
        Self("a list tells what is known of a session, and changes nothing") { stage in
            let session = try freshSession("listed")
            try await stage.commit(session, "[1]")
            try await stage.commit(session, "[1,2]", timeToLive: 100)
            let meta = try #require(try await stage.load(session)?.meta)
            for _ in 0..<2 {
                let listed = try #require(try await stage.listed(session))
                #expect(listed.owner == Principal.alice.text)
                #expect(listed.turns == 2)
                #expect(listed.createdAt == meta.createdAt)
                #expect(listed.updatedAt == meta.updatedAt)
                #expect(listed.bytes == 5)
                #expect(listed.activeRun == nil && listed.waiting == 0)
                let left = try #require(listed.expiresIn)
                #expect((90...100).contains(left))
            }
            try await stage.letPass(1)
            #expect(try await stage.listed(session)?.expiresIn ?? 100 < 100, "a list renews nothing")
        },
        Self("a list tells who runs and how many wait") { stage in
            let session = try freshSession("listed-busy")
            try await stage.commit(session, "[1]")
            let holder = try await stage.begun(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await stage.begin(session) }
                try await stage.whileHeld(holder) {
                    try await stage.untilWaiting(1, for: session)
                    let listed = try #require(try await stage.listed(session))
                    #expect(listed.activeRun == holder.lease.runID.text)
                    #expect(listed.waiting == 1)
                }
                group.cancelAll()
            }
            try await stage.commit(holder, "[1,2]")
            #expect(try await stage.listed(session)?.activeRun == nil)
        },
        Self("what has no history is on no list") { stage in
            let first = try freshSession("first-turn")
            let basis = try await stage.begun(first)
            let cleared = try freshSession("listed-cleared")
            try await stage.commit(cleared, "[1]")
            try await stage.clear(cleared)
            let expired = try freshSession("listed-expired")
            try await stage.commit(expired, "[1]", timeToLive: 1)
            try await stage.letPass(1)
            for session in [first, cleared, expired] { #expect(try await stage.listed(session) == nil) }
            try await stage.store.abandon(basis.lease)
        },
        Self("the list of a principal has that principal's sessions alone") { stage in
            let mine = Principal(userID: .random(in: 1000 ... .max))
            var sessions: [SessionID] = []
            for number in 0..<20 {
                let session = try freshSession("of-\(number % 4)")
                let basis = try await stage.begun(session, as: number % 4 == 0 ? mine : .alice)
                try await stage.commit(basis, "[1]")
                if number % 4 == 0 { sessions.append(session) }
            }
            for limit in [1, 3, 1000] {
                let listed = try await stage.list(of: mine, limit: limit)
                #expect(Set(listed.map(\.session)) == Set(sessions))
                #expect(listed.allSatisfy { $0.owner == mine.text })
            }
            #expect(try await stage.list(of: Principal(userID: .random(in: 1000 ... .max))).isEmpty)
        },
        Self("a session that another program created is listed without an owner") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("listed-foreign")
            try await write(session, Array("no json".utf8), nil)
            let listed = try #require(try await stage.listed(session))
            #expect(listed.owner == nil && listed.turns == nil && listed.createdAt == nil && listed.updatedAt == nil)
            #expect(listed.expiresIn == nil)
            #expect(listed.bytes == 7)
            #expect(try await stage.list(of: .alice).allSatisfy { $0.session != session })
            try await write(session, Array("[1]".utf8), 100)
            let basis = try await stage.begun(session)
            #expect(try await stage.listed(session)?.activeRun == basis.lease.runID.text)
            try await stage.commit(basis, "[1,2]")
            #expect(try await stage.listed(session)?.owner == Principal.alice.text)
        },
    ]

    /// A list comes page by page, while the sessions come and go.
    static let listingInPages = [
        Self("a list in pages of any size has every session, and no page too many") { stage in
            let sessions = try (0..<40).map { try freshSession("paged-\($0)") }
            for session in sessions { try await stage.commit(session, "[1]") }
            for limit in [1, 2, 7, 40, 1000] {
                let listed = try await stage.list(limit: limit)
                #expect(Set(sessions).isSubset(of: Set(listed.map(\.session))), "in pages of \(limit)")
            }
        },
        Self("what stays is on a list while others come and go") { stage in
            let lasting = try (0..<30).map { try freshSession("stays-\($0)") }
            for session in lasting { try await stage.commit(session, "[1]") }
            var others: [SessionID] = []
            for grows in [true, false] {
                let listed = try await stage.list(limit: 3) {
                    // The store's tables change their size between the pages: a few times, since a list need not overtake
                    // whoever adds more than it asks for.
                    for _ in 0..<20 {
                        if grows, others.count < 600 {
                            let session = try freshSession("comes")
                            try await stage.commit(session, "[2]")
                            others.append(session)
                        } else if !grows, let session = others.popLast() {
                            try await stage.clear(session)
                        }
                    }
                }
                #expect(Set(lasting).isSubset(of: Set(listed.map(\.session))), "while others \(grows ? "come" : "go")")
            }
        },
        Self("a cursor that no page had gives some page") { stage in
            let session = try freshSession("some")
            let gone = try freshSession("gone")
            try await stage.commit(session, "[1]")
            for position in [1, 1 << 20, 1 << 48, UInt64.max] {
                _ = try await stage.store.list(SessionQuery(cursor: SessionCursor(position: position)))
            }
            let met = SessionCursor(position: nil, met: [gone, session])
            let page = try await stage.store.list(SessionQuery(cursor: met))
            #expect(page.sessions.map(\.session) == [session])
            #expect(page.cursor == nil)
        },
    ]
}

extension StoreUnderTest {
    /// The whole list, page by page; each page keeps to the limit, and has a cursor that can be written and read.
    /// - Parameter between: called after each page.
    func list(
        of owner: Principal? = nil,
        limit: Int = 1000,
        between: () async throws -> Void = {}
    ) async throws -> [SessionSummary] {
        var query = SessionQuery(owner: owner, limit: limit)
        var listed: [SessionSummary] = []
        for _ in 0..<10_000 {
            let page = try await another.list(query)
            #expect(page.sessions.count <= limit)
            listed += page.sessions
            guard let cursor = page.cursor else { return listed }
            query.cursor = SessionCursor(cursor.description)
            try #require(query.cursor == cursor)
            try await between()
        }
        Issue.record("the list does not end")
        return listed
    }

    /// What the list tells of `session`; `nil` when it is not on it.
    func listed(_ session: SessionID) async throws -> SessionSummary? {
        try await list().first { $0.session == session }
    }
}

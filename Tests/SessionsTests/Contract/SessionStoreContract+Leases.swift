import Agent
import Testing

extension SessionStoreContract {
    /// A lease is one run's, is as short as it is, and a commit without it is refused.
    static let leases = [
        Self("fences grow, whatever becomes of the turns") { stage in
            let session = try freshSession("fences")
            var fences: [Int] = []
            for number in 0..<8 {
                let basis = try await stage.begun(session, on: number % 2 == 0 ? stage.store : stage.another)
                fences.append(basis.lease.fence)
                if number % 3 == 1 {
                    try await stage.store.abandon(basis.lease)
                } else {
                    try await stage.commit(basis, "[]")
                }
                if number % 4 == 3 { try await stage.clear(session) }
            }
            #expect(zip(fences, fences.dropFirst()).allSatisfy { $0 < $1 }, "\(fences)")
        },
        Self("a commit that is repeated counts once") { stage in
            let session = try freshSession("repeated")
            let basis = try await stage.begun(session)
            #expect(try await stage.commit(basis, "[1]") == .stored)
            #expect(try await stage.commit(basis, "[1]", on: stage.another) == .stored)
            #expect(try await stage.load(session)?.meta?.turns == 1)
            #expect(try await stage.text(session) == "[1]")
        },
        Self("a commit that is repeated takes nothing from the next run") { stage in
            let session = try freshSession("repeated-late")
            let first = try await stage.begun(session)
            #expect(try await stage.commit(first, "[1]") == .stored)
            let second = try await stage.begun(session)
            #expect(try await stage.commit(first, "[1]") == .stored)
            try await stage.store.abandon(first.lease)
            let third = try await stage.begin(session, ifBusy: .reject, on: stage.another)
            #expect(third == .busy(runID: second.lease.runID.text))
            #expect(try await stage.commit(second, "[1,2]") == .stored)
            #expect(try await stage.load(session)?.meta?.turns == 2)
        },
        Self("an abandoned turn leaves the session as it was, and free") { stage in
            let session = try freshSession("abandoned")
            try await stage.commit(session, "[1]")
            let basis = try await stage.begun(session)
            try await stage.store.abandon(basis.lease)
            try await stage.store.abandon(basis.lease)
            let stored = try #require(try await stage.begin(session, ifBusy: .reject).basis().stored)
            #expect(stored.history == Array("[1]".utf8))
            #expect(stored.meta?.turns == 1)
        },
        Self("a lease that nobody renews ends, and the late commit is refused", lease: .ends) { stage in
            let session = try freshSession("superseded")
            try await stage.commit(session, "[1]")
            let start = ContinuousClock.now
            let dead = try await stage.begun(session)
            let next = try await stage.begun(session, on: stage.another)
            let waited = ContinuousClock.now - start
            #expect(waited > stage.leaseLength / 2)
            #expect(waited < stage.leaseLength * 2 + .seconds(10), "\(waited)")
            #expect(next.lease.fence > dead.lease.fence)
            #expect(try await stage.commit(dead, "[1,2]") == .superseded)
            #expect(await stage.store.hold(dead.lease) == .superseded)
            try await stage.store.abandon(dead.lease)
            #expect(try await stage.commit(next, "[1,3]") == .stored)
            #expect(try await stage.text(session) == "[1,3]")
            #expect(try await stage.commit(dead, "[1,2]") == .superseded)
            #expect(try await stage.text(session) == "[1,3]")
        },
        Self("an expired lease still commits while nobody else has come", lease: .ends) { stage in
            let session = try freshSession("late")
            let basis = try await stage.begun(session)
            try await stage.letPass(2)
            #expect(try await stage.commit(basis, "[1]") == .stored)
            #expect(try await stage.text(session) == "[1]")
        },
        Self("a lease that is held outlives its length", lease: .held) { stage in
            let session = try freshSession("held")
            let basis = try await stage.begun(session)
            let held = await withTaskGroup(of: LeaseEnd?.self) { group in
                group.addTask { await stage.store.hold(basis.lease) }
                let second = try? await stage.begin(session, waiting: stage.leaseLength * 2, on: stage.another)
                #expect(second == .busy(runID: basis.lease.runID.text))
                group.cancelAll()
                return await group.next()
            }
            #expect(held == .some(nil))
            #expect(try await stage.commit(basis, "[1]") == .stored)
        },
    ]
}

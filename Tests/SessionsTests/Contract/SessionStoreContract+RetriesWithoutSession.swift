import Agent
import Testing

extension SessionStoreContract {
    /// A turn of no session leaves its answer only.
    static let retriesWithoutSession = [
        Self("a single turn is answered again under its principal's key") { stage in
            let key = Idempotency.fresh()
            let basis = try await stage.single(key).basis()
            #expect(basis.stored == nil)
            #expect(try await stage.answer(basis, "one") == .stored)
            #expect(try await stage.answer(basis, "one") == .stored)
            #expect(try await stage.single(key, on: stage.another) == .replayed(answer: Array("one".utf8)))
            #expect(try await stage.single(key.reused) == .keyReused)
        },
        Self("what is kept for a principal besides sessions can be forgotten, and nobody else's") { stage in
            let key = Idempotency.fresh()
            let (eve, mallory) = (Principal(userID: .random(in: 1000..<1_000_000)), Principal(userID: 999))
            for (principal, answer) in [(eve, "eve's"), (mallory, "mallory's")] {
                #expect(try await stage.answer(stage.single(key, of: principal).basis(), answer) == .stored)
            }
            // One with a history, and one whose first turn is under way.
            let (stored, begun, other) = (try freshSession("e1"), try freshSession("e2"), try freshSession("m"))
            for (session, principal) in [(stored, eve), (other, mallory)] {
                #expect(try await stage.commit(stage.begun(session, as: principal), "[1]") == .stored)
            }
            let first = try await stage.begun(begun, as: eve)
            #expect(try await stage.another.forget(eve) == 2)
            #expect(try await stage.store.load(stored, for: .operator) == nil)
            #expect(try await stage.commit(first, "[1]") == .cleared)
            #expect(try await stage.store.load(other, for: .operator) != nil)
            #expect(try await stage.store.answer(to: key, in: .principal(eve)) == nil)
            #expect(try await stage.store.answer(to: key, in: .principal(mallory)) == Array("mallory's".utf8))
        },
        Self("principals do not share keys") { stage in
            let key = Idempotency.fresh()
            #expect(try await stage.answer(stage.single(key).basis(), "alice's") == .stored)
            let bobs = try await stage.single(key, of: .bob).basis()
            #expect(try await stage.answer(bobs, "bob's") == .stored)
            #expect(try await stage.single(key) == .replayed(answer: Array("alice's".utf8)))
        },
        Self("single turns of one principal do not wait for one another") { stage in
            let first = try await stage.single(.fresh()).basis()
            let second = try await stage.single(.fresh(), on: stage.another).basis()
            #expect(try await stage.answer(first, "first") == .stored)
            #expect(try await stage.answer(second, "second") == .stored)
        },
        Self("a duplicate of a single turn waits for it, while it is held", lease: .held) { stage in
            let key = Idempotency.fresh()
            let basis = try await stage.single(key).basis()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = await stage.store.hold(basis.lease) }
                let busy = try await stage.single(key, waiting: stage.leaseLength * 2, on: stage.another)
                #expect(busy == .busy(runID: basis.lease.runID.text))
                group.cancelAll()
            }
            try await withThrowingTaskGroup(of: TurnAdmission.self) { group in
                group.addTask { try await stage.single(key, on: stage.another) }
                for _ in 0..<100 { await Task.yield() }
                let verdict = try await stage.answer(basis, "one")
                #expect(verdict == .stored)
                let replayed = try await group.next()
                #expect(replayed == .replayed(answer: Array("one".utf8)))
            }
        },
        Self("a single turn that died is taken over after its lease", lease: .ends) { stage in
            let key = Idempotency.fresh()
            let dead = try await stage.single(key).basis()
            let next = try await stage.single(key, on: stage.another).basis()
            #expect(try await stage.answer(dead, "dead") == .superseded)
            #expect(await stage.store.hold(dead.lease) == .superseded)
            try await stage.store.abandon(dead.lease)
            #expect(try await stage.answer(next, "next") == .stored)
            #expect(try await stage.single(key) == .replayed(answer: Array("next".utf8)))
        },
        Self("an abandoned single turn gives its key back") { stage in
            let key = Idempotency.fresh()
            try await stage.store.abandon(stage.single(key).basis().lease)
            _ = try await stage.single(key.reused, on: stage.another).basis()
        },
    ]
}

extension StoreUnderTest {
    /// Asks for a turn that belongs to no session.
    fileprivate func single(
        _ key: Idempotency,
        of principal: Principal = .alice,
        waiting patience: Duration = .seconds(60),
        on store: (any SessionStore)? = nil
    ) async throws(StoreError) -> TurnAdmission {
        let claim = TurnClaim(
            scope: .principal(principal),
            runID: RunID(),
            principal: principal,
            idempotency: key,
            waitUntil: .now + patience
        )
        return try await (store ?? self.store).begin(claim)
    }

    /// Commits the answer of a turn that belongs to no session.
    fileprivate func answer(_ basis: TurnBasis, _ text: String) async throws(StoreError) -> CommitVerdict {
        try await store.commit(TurnRecord(lease: basis.lease, change: nil, answer: Array(text.utf8)))
    }
}

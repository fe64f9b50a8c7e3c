import Agent
import Testing

extension SessionStoreContract {
    /// A retry that arrives before the answer.
    static let retriesInFlight = [
        Self("of duplicates that arrive together one runs, and all get its answer") { stage in
            let session = try freshSession("duplicates")
            let key = Idempotency.fresh()
            let answers = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                for number in 0..<8 {
                    let store = number % 2 == 0 ? stage.another : stage.store
                    let ifBusy = IfBusy.allCases[number % 3]
                    group.addTask {
                        switch try await stage.begin(session, key: key, ifBusy: ifBusy, on: store) {
                        case .begun(let basis):
                            #expect(try await stage.commit(basis, "[1]", answer: "one", on: store) == .stored)
                            return nil
                        case .replayed(let answer): return answer
                        case let other:
                            Issue.record("\(other)")
                            return []
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { $0 == nil }.count == 1)
            #expect(answers.filter { $0 == Array("one".utf8) }.count == 7)
            #expect(try await stage.load(session)?.meta?.turns == 1)
        },
        Self("a duplicate of a run that waits gets that run's answer") { stage in
            let session = try freshSession("duplicate-waiting")
            let key = Idempotency.fresh()
            let holder = try await stage.begun(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let basis = try await stage.begun(session, key: key)
                    #expect(try await stage.commit(basis, "[1,2]", answer: "two") == .stored)
                }
                try await stage.whileHeld(holder) { try await stage.untilWaiting(1, for: session) }
                group.addTask {
                    let duplicate = try await stage.begin(session, key: key, ifBusy: .reject, on: stage.another)
                    #expect(duplicate == .replayed(answer: Array("two".utf8)))
                }
                for _ in 0..<100 { await Task.yield() }
                #expect(try await stage.commit(holder, "[1]") == .stored)
                try await group.waitForAll()
            }
            #expect(try await stage.load(session)?.meta?.turns == 2)
        },
        Self("a duplicate waits no longer than it may") { stage in
            let session = try freshSession("duplicate-impatient")
            let key = Idempotency.fresh()
            let basis = try await stage.begun(session, key: key)
            let duplicate = try await stage.whileHeld(basis) {
                try await stage.begin(session, key: key, waiting: .milliseconds(50), on: stage.another)
            }
            #expect(duplicate == .busy(runID: basis.lease.runID.text))
            #expect(try await stage.commit(basis, "[1]", answer: "one") == .stored)
        },
        Self("when the first is abandoned, its duplicate runs") { stage in
            let session = try freshSession("duplicate-next")
            let key = Idempotency.fresh()
            let basis = try await stage.begun(session, key: key)
            try await withThrowingTaskGroup(of: TurnAdmission.self) { group in
                group.addTask { try await stage.begin(session, key: key, on: stage.another) }
                for _ in 0..<100 { await Task.yield() }
                try await stage.store.abandon(basis.lease)
                let next = try #require(try await group.next()).basis()
                #expect(try await stage.commit(next, "[1]", answer: "one") == .stored)
            }
        },
        Self("when the first dies, its duplicate runs after the lease", lease: .ends) { stage in
            let session = try freshSession("duplicate-of-dead")
            let key = Idempotency.fresh()
            let start = ContinuousClock.now
            let dead = try await stage.begun(session, key: key)
            let next = try await stage.begun(session, key: key, on: stage.another)
            #expect(ContinuousClock.now - start < stage.leaseLength * 2 + .seconds(10))
            #expect(try await stage.commit(dead, "[1]", answer: "dead") == .superseded)
            try await stage.store.abandon(dead.lease)
            #expect(try await stage.commit(next, "[2]", answer: "next") == .stored)
            #expect(try await stage.begin(session, key: key) == .replayed(answer: Array("next".utf8)))
            #expect(try await stage.text(session) == "[2]")
        },
    ]
}

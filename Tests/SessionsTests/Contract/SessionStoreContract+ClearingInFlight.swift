import Agent
import Testing

extension SessionStoreContract {
    /// A clear wins against the turns under way.
    static let clearingInFlight = [
        Self("a turn under way cannot bring a cleared session back") { stage in
            let session = try freshSession("not-resurrected")
            try await stage.commit(session, "[1]")
            let basis = try await stage.begun(session)
            #expect(try await stage.store.clear(session, for: .principal(.alice)))
            #expect(try await stage.commit(basis, "[1,2]") == .cleared)
            #expect(try await stage.load(session) == nil)
            try await stage.store.abandon(basis.lease)
        },
        Self("a clear tells the run under way and those who wait, on every worker", lease: .held) { stage in
            let session = try freshSession("told")
            try await stage.commit(session, "[1]")
            let holder = try await stage.begun(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { #expect(await stage.store.hold(holder.lease) == .cleared) }
                for store in [stage.store, stage.another] {
                    group.addTask {
                        let told = try await stage.begin(session, on: store)
                        #expect(told == .cleared)
                    }
                }
                try await stage.untilWaiting(2, for: session)
                #expect(try await stage.another.clear(session, for: .operator))
                try await group.waitForAll()
            }
            #expect(await stage.store.hold(holder.lease) == .cleared, "and a hold that begins later")
        },
        Self("a session used anew after a clear is another's, and the old turn does not reach it") { stage in
            let session = try freshSession("anew")
            try await stage.commit(session, "[1]")
            let old = try await stage.begun(session)
            try await stage.clear(session)
            let new = try await stage.begin(session, as: .bob, ifBusy: .reject, on: stage.another).basis()
            #expect(new.stored == nil)
            #expect(new.lease.fence > old.lease.fence)
            #expect(try await stage.commit(old, "[1,2]") == .cleared)
            try await stage.store.abandon(old.lease)
            #expect(try await stage.commit(new, "[3]") == .stored)
            #expect(try await stage.commit(old, "[1,2]") == .cleared)
            #expect(try await stage.text(session) == "[3]")
            #expect(try await stage.load(session)?.meta?.turns == 1)
            #expect(try await stage.store.load(session, for: .principal(.alice)) == nil)
        },
        Self("a first turn that is cleared leaves no owner") { stage in
            let session = try freshSession("first-cleared")
            let basis = try await stage.begun(session)
            try await stage.clear(session)
            #expect(try await stage.commit(basis, "[1]") == .cleared)
            let bobs = try await stage.begun(session, as: .bob)
            #expect(bobs.stored == nil)
        },
    ]
}

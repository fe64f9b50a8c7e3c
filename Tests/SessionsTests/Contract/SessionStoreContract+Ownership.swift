import Agent
import Testing

extension SessionStoreContract {
    /// A session belongs to the principal that started it.
    static let ownership = [
        Self("to others a session is not there") { stage in
            let session = try freshSession("owned")
            try await stage.commit(session, "[1]")
            #expect(try await stage.begin(session, as: .bob) == .notFound)
            #expect(try await stage.store.load(session, for: .principal(.bob)) == nil)
            #expect(try await !stage.store.clear(session, for: .principal(.bob)))
            for caller in [Caller.principal(.alice), .anyone, .operator] {
                #expect(try await stage.another.load(session, for: caller)?.history == Array("[1]".utf8))
            }
            #expect(try await stage.another.clear(session, for: .principal(.alice)))
        },
        Self("others do not see that a session is busy, nor disturb it") { stage in
            let session = try freshSession("owned-busy")
            let basis = try await stage.begun(session)
            for ifBusy in IfBusy.allCases {
                #expect(try await stage.begin(session, as: .bob, ifBusy: ifBusy) == .notFound)
            }
            #expect(try await !stage.store.clear(session, for: .principal(.bob)))
            #expect(try await stage.waiting(session) == 0)
            #expect(try await stage.commit(basis, "[1]") == .stored)
        },
        Self("who only tried does not own the session") { stage in
            let session = try freshSession("tried")
            let basis = try await stage.begun(session)
            try await stage.store.abandon(basis.lease)
            let bobs = try await stage.begun(session, as: .bob)
            #expect(try await stage.commit(bobs, "[1]") == .stored)
            #expect(try await stage.begin(session) == .notFound)
        },
        Self("a cleared session belongs to whoever uses it next") { stage in
            let session = try freshSession("inherited")
            try await stage.commit(session, "[1]")
            try await stage.clear(session)
            let bobs = try await stage.begun(session, as: .bob)
            #expect(bobs.stored == nil)
            #expect(try await stage.commit(bobs, "[2]") == .stored)
            #expect(try await stage.begin(session) == .notFound)
        },
    ]
}

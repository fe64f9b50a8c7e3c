import Agent
import Testing

extension SessionStoreContract {
    /// A request that is sent again under its key is answered again, not run again.
    static let retries = [
        Self("a retry gets the answer byte for byte, on any worker") { stage in
            let session = try freshSession("replayed")
            let key = Idempotency.fresh()
            let basis = try await stage.begun(session, key: key)
            #expect(try await stage.commit(basis, "[1]", answer: "{\"ż\": \"\r\n\"}") == .stored)
            for store in [stage.store, stage.another] {
                let retry = try await stage.begin(session, key: key, on: store)
                #expect(retry == .replayed(answer: Array("{\"ż\": \"\r\n\"}".utf8)))
            }
            #expect(try await stage.load(session)?.meta?.turns == 1)
            #expect(try await stage.begin(session, key: .fresh(), ifBusy: .reject).basis().text == "[1]")
        },
        Self("a retry is answered while another run holds the session") { stage in
            let session = try freshSession("replayed-busy")
            let key = Idempotency.fresh()
            #expect(try await stage.commit(stage.begun(session, key: key), "[1]", answer: "one") == .stored)
            let holder = try await stage.begun(session)
            #expect(try await stage.begin(session, key: key) == .replayed(answer: Array("one".utf8)))
            #expect(try await stage.commit(holder, "[1,2]") == .stored)
        },
        Self("a turn that left nothing to keep is answered again as well") { stage in
            let session = try freshSession("replayed-nothing")
            let key = Idempotency.fresh()
            let lease = try await stage.begun(session, key: key).lease
            let record = TurnRecord(lease: lease, change: nil, answer: Array("none".utf8))
            #expect(try await stage.store.commit(record) == .stored)
            #expect(try await stage.begin(session, key: key) == .replayed(answer: Array("none".utf8)))
            #expect(try await stage.load(session) == nil)
        },
        Self("an answer outlives its session") { stage in
            let session = try freshSession("replayed-expired")
            let key = Idempotency.fresh()
            let basis = try await stage.begun(session, key: key)
            #expect(try await stage.commit(basis, "[1]", answer: "one", timeToLive: 1) == .stored)
            try await stage.letPass(2)
            #expect(try await stage.load(session) == nil)
            #expect(try await stage.begin(session, key: key) == .replayed(answer: Array("one".utf8)))
        },
        Self("a key used for another request is refused") { stage in
            let session = try freshSession("reused")
            let key = Idempotency.fresh()
            let basis = try await stage.begun(session, key: key)
            #expect(try await stage.begin(session, key: key.reused) == .keyReused)
            #expect(try await stage.commit(basis, "[1]", answer: "one") == .stored)
            #expect(try await stage.begin(session, key: key.reused, on: stage.another) == .keyReused)
        },
        Self("the same key in another session is another key") { stage in
            let key = Idempotency.fresh()
            let (one, other) = try (freshSession("key-one"), freshSession("key-other"))
            #expect(try await stage.commit(stage.begun(one, key: key), "[1]", answer: "one") == .stored)
            #expect(try await stage.commit(stage.begun(other, key: key.reused), "[2]", answer: "two") == .stored)
            #expect(try await stage.begin(one, key: key) == .replayed(answer: Array("one".utf8)))
        },
        Self("an abandoned turn gives its key back") { stage in
            let session = try freshSession("given-back")
            let key = Idempotency.fresh()
            try await stage.store.abandon(stage.begun(session, key: key).lease)
            let other = try await stage.begun(session, key: key.reused, on: stage.another)
            #expect(try await stage.commit(other, "[1]", answer: "one") == .stored)
        },
        Self("a turn that was not admitted gives its key back") { stage in
            let session = try freshSession("not-burnt")
            let key = Idempotency.fresh()
            let holder = try await stage.begun(session)
            #expect(try await stage.begin(session, as: .bob, key: key) == .notFound)
            let rejected = try await stage.begin(session, key: key, ifBusy: .reject)
            #expect(rejected == .busy(runID: holder.lease.runID.text))
            let impatient = try await stage.whileHeld(holder) {
                try await stage.begin(session, key: key, waiting: .milliseconds(50))
            }
            #expect(impatient == .busy(runID: holder.lease.runID.text))
            #expect(try await stage.commit(holder, "[1]") == .stored)
            #expect(try await stage.begin(session, key: key.reused, ifBusy: .reject).basis().text == "[1]")
        },
        Self("a clear blanks the answers and keeps what they belonged to") { stage in
            let session = try freshSession("blanked")
            let key = Idempotency.fresh()
            #expect(try await stage.commit(stage.begun(session, key: key), "[1]", answer: "one") == .stored)
            try await stage.clear(session)
            #expect(try await stage.begin(session, key: key) == .cleared)
            #expect(try await stage.begin(session, key: key.reused) == .keyReused)
            #expect(try await stage.begin(session, key: .fresh()).basis().stored == nil)
        },
    ]
}

import Agent
import Testing

extension SessionStoreContract {
    /// A worker that has a history need not be sent it again, and sends only what is new; whoever reads finds it all.
    static let versions = [
        Self("whoever has the newest version is told so, or is sent it") { stage in
            let session = try freshSession("known")
            var kept = try await stage.takeTurn("1", in: session, knowing: nil)
            for turn in 2...5 {
                kept = try await stage.takeTurn("\(turn)", in: session, knowing: kept, isNewest: true)
            }
            #expect(try await stage.text(session) == "[1,2,3,4,5]")
            #expect(try await stage.load(session)?.meta?.turns == 5)
        },
        Self("what another worker has stored since is sent") { stage in
            let session = try freshSession("alternating")
            var first = try await stage.takeTurn("1", in: session, knowing: nil)
            var second: Kept?
            for turn in 1...3 {
                second = try await stage.takeTurn("\(turn)b", in: session, knowing: second, on: stage.another)
                first = try await stage.takeTurn("\(turn)a", in: session, knowing: first)
            }
            #expect(try await stage.text(session) == "[1,1b,1a,2b,2a,3b,3a]")
        },
        Self("a version of before a clear is none of the session that comes after it") { stage in
            let session = try freshSession("cleared-known")
            let kept = try await stage.takeTurn("1", in: session, knowing: nil)
            try await stage.clear(session)
            #expect(try await stage.begun(session, knowing: kept.version, abandoned: true).stored == nil)
            let other = try await stage.takeTurn("2", in: session, knowing: kept)
            #expect(other.text == "[2]")
            let again = try await stage.takeTurn("3", in: session, knowing: kept)
            #expect(again.text == "[2,3]")
        },
        Self("a version of before a shorter history is none of it") { stage in
            let session = try freshSession("cut-known")
            let kept = try await stage.takeTurn("11,22", in: session, knowing: nil)
            // As long as before.
            try await stage.commit(session, "[33,44]")
            let next = try await stage.takeTurn("55", in: session, knowing: kept)
            #expect(next.text == "[33,44,55]")
        },
        Self("a turn that leaves nothing leaves the version as it is") { stage in
            let session = try freshSession("nothing-known")
            let kept = try await stage.takeTurn("1", in: session, knowing: nil)
            _ = try await stage.begun(session, knowing: kept.version, abandoned: true)
            let lease = try await stage.begun(session).lease
            #expect(try await stage.store.commit(TurnRecord(lease: lease, change: nil, answer: nil)) == .stored)
            #expect(try await stage.takeTurn("2", in: session, knowing: kept, isNewest: true).text == "[1,2]")
        },
        Self("a commit that is repeated appends once") { stage in
            let session = try freshSession("appended-once")
            let kept = try await stage.takeTurn("1", in: session, knowing: nil)
            let basis = try await stage.begun(session, knowing: kept.version)
            let record = TurnRecord.appending("2", to: "[1]", basis)
            #expect(try await stage.store.commit(record) == .stored)
            #expect(try await stage.store.commit(record) == .stored)
            #expect(try await stage.text(session) == "[1,2]")
            _ = try await stage.takeTurn("3", in: session, knowing: nil)
            _ = try await stage.store.commit(record)
            #expect(try await stage.text(session) == "[1,2,3]")
        },
        Self("what is appended is part of the size that is refused") { stage in
            guard let size = stage.refusedSize else { return }
            let session = try freshSession("appended-large")
            _ = try await stage.takeTurn("1", in: session, knowing: nil)
            let basis = try await stage.begun(session)
            let open = Array("[1,".utf8) + [UInt8](repeating: 0x20, count: size - 4)
            let change = SessionChange(
                history: .longer(open: open, stored: 2),
                fingerprint: basis.fingerprint,
                timeToLive: 600
            )
            let error = await #expect(throws: StoreError.self) {
                try await stage.store.commit(TurnRecord(lease: basis.lease, change: change, answer: nil))
            }
            #expect(error?.code == .tooLarge)
            #expect(try await stage.text(session) == "[1]")
        },
        Self("an append renews the time to live") { stage in
            let session = try freshSession("appended-lives")
            try await stage.commit(session, "[1]", timeToLive: 30)
            let basis = try await stage.begun(session)
            #expect(try await stage.store.commit(.appending("2", to: "[1]", basis)) == .stored)
            let left = try #require(try await stage.load(session)?.expiresIn)
            #expect((590...600).contains(left))
        },
        Self("what another program writes between two turns is sent, also when it is as long") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            for timeToLive in [600, 100, nil] {
                let session = try freshSession("foreign-known")
                let kept = try await stage.takeTurn("1", in: session, knowing: nil)
                try await write(session, Array("[2]".utf8), timeToLive)
                let next = try await stage.takeTurn("3", in: session, knowing: kept)
                #expect(next.text == "[2,3]")
                #expect(try await stage.takeTurn("4", in: session, knowing: kept).text == "[2,3,4]")
                #expect(try await stage.load(session)?.expiresIn != nil)
            }
        },
        Self("what another program writes at once, as long and to live as long, is sent") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-at-once")
            // Often enough that some of these follow within the clock's tick.
            for _ in 0..<50 {
                let kept = try await stage.takeTurn("1", in: session, knowing: nil)
                try await write(session, Array("[2]".utf8), 600)
                #expect(try await stage.takeTurn("3", in: session, knowing: kept).text == "[2,3]")
                try await stage.clear(session)
            }
        },
        Self("what another program has written stays new however often a turn begins on it") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-stretched")
            let kept = try await stage.takeTurn("1", in: session, knowing: nil)
            // Shorter than a turn may take: each begin prolongs it.
            try await write(session, Array("[2]".utf8), 30)
            for _ in 0..<3 {
                let basis = try await stage.begun(session, knowing: kept.version, abandoned: true)
                #expect(!basis.isUnchanged && basis.text == "[2]")
            }
        },
        Self("a begin that prolongs the session leaves the version as it is") { stage in
            let session = try freshSession("stretched-known")
            let basis = try await stage.begun(session)
            try await stage.commit(basis, "[1]", timeToLive: 30)
            let version = HistoryVersion(storedBy: basis.lease.runID)
            for _ in 0..<3 {
                let next = try await stage.begun(session, knowing: version, abandoned: true)
                #expect(next.isUnchanged == stage.tellsUnchanged)
            }
        },
        Self("an append to what another program changed meanwhile is refused") { stage in
            guard let write = stage.writeAsAnotherProgram else { return }
            let session = try freshSession("foreign-appended")
            let kept = try await stage.takeTurn("1", in: session, knowing: nil)
            var basis = try await stage.begun(session, knowing: kept.version)
            try await write(session, Array("[2]".utf8), 600)
            let verdict = try await stage.store.commit(.appending("3", to: "[1]", basis))
            guard case .changed(let history, let fingerprint) = verdict else {
                Issue.record("not noticed: \(verdict)")
                return
            }
            #expect(history == Array("[2]".utf8))
            #expect(try await stage.text(session) == "[2]")
            basis.fingerprint = fingerprint
            #expect(try await stage.store.commit(.appending("3", to: "[2]", basis)) == .stored)
            #expect(try await stage.text(session) == "[2,3]")
        },
        Self("a run that waits names the version that it has by then") { stage in
            let session = try freshSession("waiting-known")
            let holder = try await stage.begun(session)
            try await stage.whileHeld(holder) {
                let version = HistoryVersion(storedBy: holder.lease.runID)
                async let waiting = stage.begun(session, knowing: version)
                try await stage.untilWaiting(1, for: session)
                try await stage.commit(holder, "[1]")
                let basis = try await waiting
                #expect(basis.isUnchanged == stage.tellsUnchanged)
                #expect(basis.isUnchanged || basis.text == "[1]")
                #expect(try await stage.store.commit(.appending("2", to: "[1]", basis)) == .stored)
            }
            #expect(try await stage.text(session) == "[1,2]")
        },
    ]
}

/// A history as a worker keeps it between turns.
struct Kept: Sendable {
    var version: HistoryVersion
    var text: String
}

extension StoreUnderTest {
    /// Begins a turn of a worker that has `version`.
    func begun(
        _ session: SessionID,
        knowing version: HistoryVersion?,
        abandoned: Bool = false,
        on store: (any SessionStore)? = nil
    ) async throws -> TurnBasis {
        let store = store ?? self.store
        let claim = TurnClaim(
            scope: .session(session),
            runID: RunID(),
            principal: .alice,
            waitUntil: .now + .seconds(60),
            known: { version }
        )
        let basis = try await store.begin(claim).basis()
        if abandoned { try await store.abandon(basis.lease) }
        return basis
    }

    /// Takes a turn that puts `elements` behind what is stored, as a worker does that has `kept`, and sends no more than
    /// needed.
    ///
    /// - Parameter isNewest: `kept` is what is stored.
    func takeTurn(
        _ elements: String,
        in session: SessionID,
        knowing kept: Kept?,
        isNewest: Bool = false,
        on store: (any SessionStore)? = nil
    ) async throws -> Kept {
        let basis = try await begun(session, knowing: kept?.version, on: store)
        if isNewest { #expect(basis.isUnchanged == tellsUnchanged) }
        if basis.isUnchanged { #expect(basis.text == "", "its bytes were sent all the same") }
        let before = basis.isUnchanged ? kept?.text : basis.text
        let record: TurnRecord
        if let before {
            record = .appending(elements, to: before, basis)
        } else {
            record = .of(basis, "[\(elements)]", timeToLive: 600)
        }
        #expect(try await (store ?? self.store).commit(record) == .stored)
        let history = record.change?.history.bytes ?? []
        return Kept(
            version: HistoryVersion(storedBy: basis.lease.runID),
            text: String(decoding: history, as: UTF8.self)
        )
    }
}

extension TurnRecord {
    /// The outcome of a turn that puts `elements` behind the `stored` history.
    static func appending(_ elements: String, to stored: String, _ basis: TurnBasis) -> Self {
        let kept = Array(stored.utf8.dropLast())
        let change = SessionChange(
            history: .longer(open: kept + Array((kept.count > 1 ? "," + elements : elements).utf8), stored: kept.count),
            fingerprint: basis.fingerprint,
            timeToLive: 600
        )
        return Self(lease: basis.lease, change: change, answer: nil)
    }
}

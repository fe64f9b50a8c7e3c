import Agent
import Testing

extension RunStoreContract {
    static let forgetting = [
        Self("a run that was forgotten stays so, even if its first record is repeated") { stage in
            let run = try await stage.start(1...2)
            try await stage.another.forget(run.id)
            #expect(try await stage.record(run, 3...3) == .forgotten)
            #expect(try await stage.record(run, 1...3) == .forgotten)
            #expect(try await stage.record(run.ended(), 1...3) == .forgotten)
            #expect(try await stage.store.run(run.id, for: .anyone) == nil)
            #expect(try await stage.numbers(of: run) == nil)
            #expect(try await stage.store.cancel(run.id, for: .anyone) == nil)
        },
        Self("a run that is forgotten before it is recorded is not recorded") { stage in
            let run = RunRecord.running()
            try await stage.another.forget(run.id)
            try await stage.another.forget(run.id)
            #expect(try await stage.record(run, 1...3) == .forgotten)
            #expect(try await stage.store.run(run.id, for: .anyone) == nil)
        },
        Self("those who record and those who read are told at once") { stage in
            let run = try await stage.start(1...2)
            try await stage.watching(run, for: .wishes, on: stage.store) { recorder in
                try await stage.watching(run, for: .events, on: stage.another) { reader in
                    #expect(try await stage.numbers(of: run, on: stage.another) == Numbers(1...2, .open))
                    try await stage.another.forget(run.id)
                    #expect(await recorder.comes())
                    #expect(await reader.comes())
                }
            }
        },
    ]

    /// What was said in a session that is cleared is not to be read any more.
    static let clearing = [
        Self("clearing a session drops its runs, those under way as well") { stage in
            let session = try freshSession("cleared-runs")
            let finished = try await stage.startTurn(in: session)
            let end = finished.run.ended()
            try await stage.record(end, 3...3)
            try await stage.commit(finished)
            let running = try await stage.startTurn(in: session)
            #expect(try await stage.sessions.clear(session, for: .principal(.alice)))
            for run in [finished.run, running.run] {
                let found = try await stage.another.run(run.id, for: .anyone)
                let page = try await stage.numbers(of: run)
                let wish = try await stage.record(run, 1...5)
                #expect(found == nil && page == nil)
                #expect(wish == .forgotten)
            }
        },
        Self("a run that had begun and was not recorded yet is not recorded after a clear") { stage in
            let session = try freshSession("cleared-early")
            let run = RunRecord.running(in: session)
            let basis = try await stage.sessions.begin(.of(run)).basis()
            #expect(try await stage.sessions.clear(session, for: .principal(.alice)))
            #expect(try await stage.record(run, 1...5) == .forgotten)
            #expect(try await stage.another.run(run.id, for: .anyone) == nil)
            try await stage.sessions.abandon(basis.lease)
        },
        Self("a clear leaves the runs of other sessions, of none, and those that begin later") { stage in
            let session = try freshSession("cleared-alone")
            try await stage.commit(stage.startTurn(in: session))
            let others = [
                try await stage.startTurn(in: freshSession("other")).run, try await stage.start(1...2),
            ]
            #expect(try await stage.sessions.clear(session, for: .anyone))
            let later = try await stage.startTurn(in: session)
            for run in others + [later.run] {
                let page = try await stage.numbers(of: run)
                #expect(page == Numbers(1...2, .open))
            }
            #expect(try await stage.record(later.run, 3...3) == .nothing)
        },
        Self("whoever clears a session that is nobody's drops no runs of others") { stage in
            let session = try freshSession("nobodys")
            let turn = try await stage.startTurn(in: session)
            try await stage.record(turn.run.ended(as: .failed), 3...3)
            try await stage.sessions.abandon(turn.basis.lease)
            _ = try await stage.sessions.clear(session, for: .principal(.bob))
            #expect(try await stage.numbers(of: turn.run) == Numbers(1...3, .ended))
            _ = try await stage.sessions.clear(session, for: .principal(.alice))
        },
        Self("who may not clear the session drops no runs") { stage in
            let session = try freshSession("not-cleared")
            let turn = try await stage.startTurn(in: session)
            try await stage.commit(turn)
            #expect(try await !stage.sessions.clear(session, for: .principal(.bob)))
            #expect(try await stage.numbers(of: turn.run) == Numbers(1...2, .open))
        },
    ]
}

extension RunStoreUnderTest {
    struct StartedTurn {
        var run: RunRecord
        var basis: TurnBasis
    }

    /// Begins a turn and makes its run known, with two events.
    func startTurn(in session: SessionID) async throws -> StartedTurn {
        let run = RunRecord.running(in: session)
        let basis = try await sessions.begin(.of(run)).basis()
        #expect(try await record(run, 1...2) == .nothing)
        return StartedTurn(run: run, basis: basis)
    }

    func commit(_ turn: StartedTurn) async throws {
        let verdict = try await sessions.commit(.of(turn.basis, "[1]"))
        #expect(verdict == .stored)
    }
}

extension TurnClaim {
    fileprivate static func of(_ run: RunRecord) throws -> Self {
        let session = try #require(run.session)
        return Self(
            scope: .session(session),
            runID: run.id,
            principal: run.principal,
            waitUntil: .now + .seconds(60)
        )
    }
}

import Agent
import Testing

extension RunStoreContract {
    static let recording = [
        Self("what is recorded is found by any worker, whole") { stage in
            let session = try freshSession("recorded")
            var run = RunRecord.running(in: session)
            run.state = .waiting
            run.startedAt = nil
            #expect(try await stage.record(run) == .nothing)
            #expect(try await stage.another.run(run.id, for: .anyone) == RecordedRun(record: run))
            #expect(try await stage.numbers(of: run) == Numbers([], .open))
            run.state = .running
            run.startedAt = 1_750_000_000_456
            run.used = BudgetUse(steps: 1, toolCalls: 25, writeCalls: 15)
            #expect(try await stage.record(run, 1...3) == .nothing)
            #expect(try await stage.another.run(run.id, for: .anyone) == RecordedRun(record: run))
            let end = run.ended(as: .failed)
            #expect(try await stage.record(end, 4...5) == .nothing)
            let last = try #require([NumberedEvent].numbered(5...5).first?.event)
            #expect(try await stage.another.run(run.id, for: .anyone) == RecordedRun(record: end, lastEvent: last))
        },
        Self("a run without a session, and any bytes in its events") { stage in
            let run = RunRecord.running()
            let data = (0...255).map { UInt8($0) } + Array("\r\n-ERR {}\u{2028}".utf8)
            let event = NumberedEvent(number: 1, event: EncodedEvent(name: "tool.finished", data: data))
            _ = try await stage.store.record(run, events: [event], keepingFrom: 1)
            #expect(try await stage.another.run(run.id, for: .anyone)?.record == run)
            #expect(try await stage.another.events(of: run.id, after: 0, for: .anyone)?.events == [event])
        },
        Self("events that are recorded again are not doubled") { stage in
            let run = try await stage.start(1...4)
            #expect(try await stage.record(run, 1...4) == .nothing)
            #expect(try await stage.record(run, 3...6) == .nothing)
            #expect(try await stage.numbers(of: run) == Numbers(1...6, .open))
        },
        Self("events that are no longer to be kept are dropped, the others stay") { stage in
            let run = try await stage.start(1...4)
            try await stage.record(run, 5...6, keepingFrom: 3)
            #expect(try await stage.numbers(of: run) == Numbers(3...6, .open))
            // The worker itself could keep no more while the store was away.
            try await stage.record(run, 9...10, keepingFrom: 9)
            #expect(try await stage.numbers(of: run) == Numbers(9...10, .open))
            try await stage.record(run.ended(), 13...14, keepingFrom: 10)
            #expect(try await stage.numbers(of: run, after: 2) == Numbers([10, 13, 14], .ended))
        },
        Self("a run that has ended has ended, whatever arrives late") { stage in
            let run = try await stage.start(1...2)
            let end = run.ended(as: .cancelled)
            try await stage.record(end, 3...4)
            #expect(try await stage.record(run, 2...3, on: stage.another) == .nothing)
            #expect(try await stage.store.run(run.id, for: .anyone)?.record == end)
            #expect(try await stage.record(run, 1...1, on: stage.another) == .nothing)
            #expect(try await stage.store.run(run.id, for: .anyone)?.record == end)
            #expect(try await stage.record(end, 3...4) == .nothing)
            #expect(try await stage.store.run(run.id, for: .anyone)?.record == end)
            #expect(try await stage.numbers(of: run) == Numbers(1...4, .ended))
        },
        Self("a run that the store does not know is known from its next record on") { stage in
            let run = RunRecord.running()
            let wish = try await stage.record(run, 7...8)
            #expect(wish == .nothing)
            #expect(try await stage.store.run(run.id, for: .anyone)?.record == run)
            #expect(try await stage.numbers(of: run) == Numbers(7...8, .open))
            #expect(try await stage.another.cancel(run.id, for: .anyone) == .running)
            #expect(try await stage.record(run) == .cancel)
        },
        Self("runs have nothing to do with each other") { stage in
            let runs = [try await stage.start(1...2), try await stage.start(1...3)]
            try await stage.record(runs[0].ended(), 3...3)
            #expect(try await stage.numbers(of: runs[0]) == Numbers(1...3, .ended))
            #expect(try await stage.numbers(of: runs[1]) == Numbers(1...3, .open))
            try await stage.store.forget(runs[0].id)
            #expect(try await stage.numbers(of: runs[1]) == Numbers(1...3, .open))
        },
        Self("a task that is already cancelled changes nothing and is told so") { stage in
            let run = try await stage.start(1...2)
            let codes = await SessionStoreContract.whileCancelled {
                await [
                    SessionStoreContract.code { try await stage.record(run, 3...3) },
                    SessionStoreContract.code { _ = try await stage.store.run(run.id, for: .anyone) },
                    SessionStoreContract.code { _ = try await stage.numbers(of: run) },
                    SessionStoreContract.code { _ = try await stage.store.cancel(run.id, for: .anyone) },
                    SessionStoreContract.code { try await stage.store.forget(run.id) },
                ]
            }
            #expect(codes == Array(repeating: .cancelled, count: 5))
            #expect(try await stage.record(run) == .nothing)
            #expect(try await stage.numbers(of: run) == Numbers(1...2, .open))
        },
    ]
}

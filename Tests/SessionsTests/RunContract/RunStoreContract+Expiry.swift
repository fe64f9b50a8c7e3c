import Agent
import Testing

extension RunStoreContract {
    /// The life that stores need for ``expiry``: half of the silence, and the time after a loss, are longer than a machine
    /// stalls.
    static let shortLife = RunLife(silence: .seconds(4), afterLoss: .seconds(4), afterEnd: .seconds(8))

    /// For stores with ``shortLife``.
    static let expiry = [
        Self("a run that is not recorded any more is lost, and then not known") { stage in
            let run = try await stage.start(1...2)
            #expect(try await stage.another.run(run.id, for: .anyone)?.isLost == false)
            try await stage.letPass(stage.life.silence)
            #expect(try await stage.another.run(run.id, for: .anyone) == RecordedRun(record: run, isLost: true))
            #expect(try await stage.numbers(of: run, after: 1) == Numbers([2], .lost))
            #expect(try await stage.numbers(of: run, after: 2) == Numbers([], .lost))
            try await stage.letPass(stage.life.afterLoss)
            #expect(try await stage.another.run(run.id, for: .anyone) == nil)
            #expect(try await stage.numbers(of: run) == nil)
            #expect(try await stage.record(run, 3...3) == .nothing, "it lives after all")
            #expect(try await stage.numbers(of: run) == Numbers([3], .open))
        },
        Self("a run that is recorded again lives on, with all its events") { stage in
            let run = try await stage.start(1...2)
            // With ``shortLife`` all in all longer than a run is known that was recorded once.
            for number in 3...6 {
                try await stage.letPass(stage.life.silence / 2)
                let page = try await stage.numbers(of: run, after: number)
                #expect(page == Numbers([], .open))
                // Also without an event.
                try await stage.record(run, number % 2 == 0 ? number...number : nil)
            }
            #expect(try await stage.numbers(of: run) == Numbers([1, 2, 4, 6], .open))
        },
        Self("a lost run that is recorded after all is not lost") { stage in
            let run = try await stage.start(1...2)
            try await stage.letPass(stage.life.silence)
            #expect(try await stage.numbers(of: run) == Numbers(1...2, .lost))
            #expect(try await stage.record(run, 3...3) == .nothing)
            #expect(try await stage.numbers(of: run) == Numbers(1...3, .open))
            #expect(try await stage.another.run(run.id, for: .anyone)?.isLost == false)
        },
        Self("a run that has ended is never lost, is known for its time, and then not") { stage in
            let run = try await stage.start(1...2)
            try await stage.record(run.ended(), 3...3)
            try await stage.letPass(stage.life.silence)
            #expect(try await stage.another.run(run.id, for: .anyone)?.isLost == false)
            #expect(try await stage.numbers(of: run) == Numbers(1...3, .ended))
            // Reading and cancelling do not prolong its life.
            #expect(try await stage.another.cancel(run.id, for: .anyone) == .finished)
            try await stage.letPass(stage.life.afterEnd - stage.life.silence)
            #expect(try await stage.another.run(run.id, for: .anyone) == nil)
            #expect(try await stage.numbers(of: run) == nil)
        },
    ]
}

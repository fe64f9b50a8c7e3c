import Agent
import Testing

extension RunStoreContract {
    static let cancelling = [
        Self("who records a run learns that it is to stop, until it has") { stage in
            let run = try await stage.start(1...2)
            #expect(try await stage.another.cancel(run.id, for: .principal(.alice)) == .running)
            #expect(try await stage.record(run, 3...3) == .cancel)
            #expect(try await stage.record(run) == .cancel, "repeated")
            #expect(try await stage.another.cancel(run.id, for: .principal(.alice)) == .running, "and again")
            #expect(try await stage.record(run.ended(as: .cancelled), 4...4) == .nothing)
        },
        Self("a run that waits can be cancelled, too") { stage in
            var run = RunRecord.running()
            run.state = .waiting
            try await stage.record(run)
            #expect(try await stage.another.cancel(run.id, for: .principal(.alice)) == .waiting)
            #expect(try await stage.record(run) == .cancel)
        },
        Self("a run that has ended stays as it is") { stage in
            let run = try await stage.start(1...2)
            let end = run.ended()
            try await stage.record(end, 3...3)
            #expect(try await stage.another.cancel(run.id, for: .principal(.alice)) == .finished)
            #expect(try await stage.record(end, 3...3) == .nothing)
            #expect(try await stage.store.run(run.id, for: .anyone)?.record == end)
        },
        Self("the worker of the run is told at once, and nobody else's") { stage in
            let run = try await stage.start(1...2)
            let other = try await stage.start(1...2)
            try await stage.watching(other, for: .wishes, on: stage.store) { others in
                try await stage.watching(run, for: .wishes, on: stage.store) { signal in
                    _ = try await stage.another.cancel(run.id, for: .principal(.alice))
                    #expect(await signal.comes())
                }
                #expect(try await stage.record(run) == .cancel)
                #expect(try await stage.record(other) == .nothing)
                _ = try await stage.another.cancel(other.id, for: .principal(.alice))
                #expect(await others.comes())
            }
        },
    ]
}

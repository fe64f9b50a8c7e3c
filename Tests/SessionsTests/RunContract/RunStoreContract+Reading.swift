import Agent
import Testing

extension RunStoreContract {
    static let reading = [
        Self("a page begins behind the event that is known") { stage in
            let run = try await stage.start(1...9)
            for (number, expected) in [(-1, 1...9), (0, 1...9), (1, 2...9), (8, 9...9)] {
                let page = try await stage.numbers(of: run, after: number)
                #expect(page == Numbers(expected, .open))
            }
            for number in [9, 10, 1 << 53, .max] {
                let page = try await stage.numbers(of: run, after: number)
                #expect(page == Numbers([], .open))
            }
            try await stage.record(run.ended(), 10...10)
            #expect(try await stage.numbers(of: run, after: 9) == Numbers([10], .ended))
            #expect(try await stage.numbers(of: run, after: 10) == Numbers([], .ended))
            // Whoever shows a number that never was does not have the end.
            for number in [11, 1 << 53, .max] {
                let page = try await stage.numbers(of: run, after: number)
                #expect(page == Numbers([10], .ended))
            }
        },
        Self("pages are bounded, joined they are all, and only the last one ends") { stage in
            let run = try await stage.start()
            for first in stride(from: 1, to: 901, by: 100) {
                try await stage.record(run, first...(first + 99), size: 470)
            }
            try await stage.record(run.ended(), 901...902, size: 470)
            var numbers: [Int] = []
            var pages = 0
            while true {
                let page = try #require(
                    try await stage.another.events(of: run.id, after: numbers.last ?? 0, for: .anyone)
                )
                numbers += page.events.map(\.number)
                pages += 1
                #expect(page.events.reduce(0) { $0 + $1.event.size } < EventPage.size + 600)
                #expect((page.end == .ended) == (numbers.last == 902))
                if page.end == .ended { break }
                try #require(!page.events.isEmpty)
            }
            #expect(numbers == Array(1...902))
            #expect(pages == 8)
        },
        Self("an event that is larger than a page comes by itself") { stage in
            let run = try await stage.start(1...1)
            try await stage.record(run, 2...2, size: 3 * EventPage.size)
            try await stage.record(run.ended(), 3...3)
            #expect(try await stage.numbers(of: run) == Numbers([1, 2], .open))
            #expect(try await stage.numbers(of: run, after: 1) == Numbers([2], .open))
            #expect(try await stage.numbers(of: run, after: 2) == Numbers([3], .ended))
        },
    ]

    /// A principal sees their own runs, and nobody else's.
    static let ownership = [
        Self("a run is its principal's, and nobody else's") { stage in
            let session = try freshSession("owned")
            let run = try await stage.start(1...2, of: .alice, in: session)
            for store in [stage.store, stage.another] {
                let found = try await store.run(run.id, for: .principal(.bob))
                let page = try await store.events(of: run.id, after: 0, for: .principal(.bob))
                let before = try await store.cancel(run.id, for: .principal(.bob))
                #expect(found == nil && page == nil && before == nil)
            }
            #expect(try await stage.record(run) == .nothing)
            for caller in [Caller.principal(.alice), .anyone, .operator] {
                let found = try await stage.another.run(run.id, for: caller)
                let page = try await stage.numbers(of: run, for: caller)
                let before = try await stage.another.cancel(run.id, for: caller)
                #expect(found?.record == run)
                #expect(page == Numbers(1...2, .open))
                #expect(before == .running)
            }
            try await stage.record(run.ended(), 3...3)
            #expect(try await stage.another.run(run.id, for: .principal(.bob)) == nil)
            #expect(try await stage.numbers(of: run, for: .principal(.bob)) == nil)
        },
        Self("a run that never was is nobody's") { stage in
            let run = RunRecord.running()
            for caller in [Caller.principal(.alice), .anyone, .operator] {
                let found = try await stage.store.run(run.id, for: caller)
                let page = try await stage.numbers(of: run, for: caller)
                let before = try await stage.store.cancel(run.id, for: caller)
                #expect(found == nil && page == nil && before == nil)
            }
        },
    ]
}

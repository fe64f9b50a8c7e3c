import Agent
import TestSupport
import Testing

extension RunStoreContract {
    static let following = [
        Self("a reader at another worker is told of more, as often as it has read") { stage in
            let run = try await stage.start(1...2)
            try await stage.watching(run, for: .events, on: stage.another) { signal in
                for number in 2...5 {
                    let page = try await stage.numbers(of: run, after: number, on: stage.another)
                    #expect(page == Numbers([], .open))
                    try await stage.record(run, (number + 1)...(number + 1))
                    #expect(await signal.comes())
                }
                try await stage.record(run.ended(), 7...7)
                #expect(await signal.comes())
            }
        },
        Self("several readers of one worker are all told") { stage in
            let run = try await stage.start(1...2)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                let ready = Rendezvous(parties: 5)
                for _ in 0..<4 {
                    group.addTask {
                        try await stage.watching(run, for: .events, on: stage.another) { signal in
                            _ = try await stage.numbers(of: run, after: 2, on: stage.another)
                            await ready.arrive()
                            return await signal.comes()
                        }
                    }
                }
                await ready.arrive()
                try await stage.record(run, 3...3)
                for try await isTold in group { #expect(isTold) }
            }
        },
        Self("readers who begin anywhere and follow lose nothing and double nothing") { stage in
            for seed in 1...4 { try await follow(stage, seed: UInt64(seed)) }
        },
    ]

    /// One run is recorded in random portions, while readers on both stores begin at random events and follow it.
    private static func follow(_ stage: RunStoreUnderTest, seed: UInt64) async throws {
        var dice = Dice(state: seed)
        let run = try await stage.start(1...1)
        let last = 1500
        var portions: [ClosedRange<Int>] = []
        var first = 2
        while first < last {
            portions.append(first...min(first + dice.roll(12) - 1, last - 1))
            first = portions[portions.count - 1].upperBound + 1
        }
        let starts = (0..<8).map { _ in dice.index(last) }
        let records = portions.map { (portion: $0, size: dice.roll(600)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, start) in starts.enumerated() {
                group.addTask {
                    let store = index % 2 == 0 ? stage.another : stage.store
                    let numbers = try await allNumbers(of: run, after: start, in: store)
                    #expect(numbers == Array((start + 1)...last), "from \(start)")
                }
            }
            group.addTask {
                for (portion, size) in records {
                    // Now and then it repeats what it does not know to be recorded.
                    for _ in 0...(size % 7 == 0 ? 1 : 0) { try await stage.record(run, portion, size: size) }
                }
                try await stage.record(run.ended(), last...last)
            }
            try await group.waitForAll()
        }
    }

    /// What a reader gets that follows the run to its end.
    private static func allNumbers(
        of run: RunRecord,
        after start: Int,
        in store: any RunStore
    ) async throws -> [Int] {
        let source = StoredEvents(of: run.id, in: store, for: .principal(.alice))
        let result = await source.watching { signal in
            await Result<[Int], any Error> { () async throws(any Error) in
                var (numbers, number) = ([Int](), start)
                while true {
                    let page = try #require(try await source.page(after: number))
                    numbers += page.events.map(\.number)
                    number = numbers.last ?? start
                    if page.end == .ended { return numbers }
                    if page.events.isEmpty { await signal.wait(until: .now + EventPage.patience) }
                }
            }
        }
        return try result.get()
    }
}

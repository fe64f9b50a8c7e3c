import Agent
import Testing

@testable import Sessions

@Suite struct RunTableTests {
    private static let event = EncodedEvent(name: "text.delta", data: [0x31]).size
    private let life = RunLife(silence: .seconds(12), afterLoss: .seconds(120), afterEnd: .seconds(300))

    private func table(ceiling: Int = 1 << 20) -> RunTable { RunTable(ceiling: ceiling, life: life) }

    @Test func aRunFromItsBeginToItsEnd() {
        var table = table()
        let run = RunRecord.running()
        #expect(table.start(run, 1...2, now: 0) == .nothing)
        #expect(table.run(run.id, for: .principal(.alice), now: 0) == RecordedRun(record: run))
        #expect(table.run(run.id, for: .principal(.bob), now: 0) == nil)
        #expect(table.numbers(run, now: 0) == Numbers(1...2, .open))
        #expect(table.cancel(run.id, for: .principal(.bob), now: 1) == nil)
        #expect(table.go(run, 3...3, now: 1) == .nothing)
        #expect(table.cancel(run.id, for: .operator, now: 2) == .running)
        #expect(table.go(run, now: 3) == .cancel)
        #expect(table.go(run.ended(as: .cancelled), 4...4, now: 4) == .nothing)
        #expect(table.go(run, 4...5, now: 5) == .nothing)
        #expect(table.numbers(run, now: 6) == Numbers(1...4, .ended))
        #expect(table.cancel(run.id, for: .operator, now: 6) == .cancelled)
    }

    @Test func whatIsNotRecordedAgainIsLostThenGone() {
        var table = table()
        let run = RunRecord.running()
        #expect(table.start(run, 1...1, now: 1000) == .nothing)
        #expect(table.run(run.id, for: .anyone, now: 12_999)?.isLost == false)
        #expect(table.run(run.id, for: .anyone, now: 13_000)?.isLost == true)
        #expect(table.numbers(run, now: 13_000) == Numbers([1], .lost))
        table.tick(now: 132_999)
        #expect(table.run(run.id, for: .anyone, now: 132_999)?.isLost == true)
        #expect(table.run(run.id, for: .anyone, now: 133_000) == nil, "whether a tick has come or not")
        #expect(table.count == 1)
        table.tick(now: 133_000)
        #expect(table.count == 0)
        #expect(table.bytes == 0)
        #expect(table.go(run, 2...2, now: 133_001) == .nothing)
        #expect(table.numbers(run, now: 133_001) == Numbers([2], .open))
    }

    @Test func whatHasEndedIsKnownForItsTime() {
        var table = table()
        let run = RunRecord.running()
        #expect(table.start(run, 1...1, now: 0) == .nothing)
        #expect(table.go(run.ended(), 2...2, now: 1000) == .nothing)
        table.tick(now: 300_999)
        #expect(table.run(run.id, for: .anyone, now: 300_999)?.lastEvent?.data == [0x32])
        #expect(table.run(run.id, for: .anyone, now: 301_000) == nil)
        table.tick(now: 301_000)
        #expect(table.bytes == 0)
    }

    @Test func theOldestThatEndedMakesRoomAndTheLivingStay() {
        var table = table(ceiling: 4 * RunTable.overhead + 4 * Self.event)
        let runs = (0..<5).map { _ in RunRecord.running() }
        for (now, run) in runs[0...3].enumerated() { #expect(table.start(run, 1...1, now: now) == .nothing) }
        // In the order of their ends, not of their begins.
        #expect(table.go(runs[2].ended(), now: 10) == .nothing)
        #expect(table.go(runs[0].ended(), now: 11) == .nothing)
        #expect(table.start(runs[4], 1...1, now: 12) == .nothing)
        #expect(runs.map { table.run($0.id, for: .anyone, now: 12) != nil } == [true, true, false, true, true])
        #expect(table.go(runs[4], 2...2, now: 13) == .nothing)
        #expect(runs.map { table.run($0.id, for: .anyone, now: 13) != nil } == [false, true, false, true, true])
    }

    @Test func whereOnlyTheLivingAreTheRecordedOneKeepsFewerEvents() {
        var table = table(ceiling: 2 * RunTable.overhead + 6 * Self.event)
        let runs = [RunRecord.running(), .running()]
        #expect(table.start(runs[0], 1...4, now: 0) == .nothing)
        #expect(table.start(runs[1], 1...4, now: 0) == .nothing)
        #expect(table.numbers(runs[0], now: 0) == Numbers(1...4, .open))
        #expect(table.numbers(runs[1], now: 0) == Numbers(3...4, .open))
        #expect(table.go(runs[0], 5...8, now: 1) == .nothing)
        #expect(table.numbers(runs[0], now: 1) == Numbers(5...8, .open))
        // The newest one is kept in any case, and an end is not dropped for itself.
        #expect(table.go(runs[1], 5...5, size: 5000, now: 2) == .nothing)
        #expect(table.numbers(runs[1], now: 2) == Numbers([5], .open))
        #expect(table.go(runs[1].ended(), 6...6, size: 5000, now: 3) == .nothing)
        #expect(table.numbers(runs[1], now: 3) == Numbers([6], .ended))
        #expect(table.go(runs[0], 9...9, now: 4) == .nothing)
        #expect(table.run(runs[1].id, for: .anyone, now: 4) == nil)
        #expect(table.numbers(runs[0], now: 4) == Numbers(5...9, .open))
    }

    @Test func theBytesOfAllThatIsDroppedAreGivenBack() {
        var table = table(ceiling: 20_000)
        var runs: [RunRecord] = []
        for number in 0..<200 {
            let run = RunRecord.running()
            _ = table.start(run, 1...3, size: number, now: number)
            _ = table.go(run, 4...9, keepingFrom: 3, size: 40, now: number)
            if number % 3 > 0 { _ = table.go(run.ended(), 10...10, now: number) }
            if number % 5 == 0 { table.forget(run.id, now: number) }
            runs.append(run)
        }
        table.tick(now: 1_000_000)
        #expect(table.count == 0)
        #expect(table.bytes == 0)
        #expect(runs.allSatisfy { table.run($0.id, for: .anyone, now: 0) == nil })
    }

    @Test func theRunsOfASessionAreKnownByIt() throws {
        var table = table()
        let session = try freshSession("table")
        let runs = [RunRecord.running(in: session), .running(in: session), .running()]
        for run in runs { #expect(table.start(run, 1...1, now: 0) == .nothing) }
        #expect(table.runs(of: session, for: .anyone) == [runs[0].id, runs[1].id])
        table.forget(runs[0].id, now: 0)
        #expect(table.runs(of: session, for: .anyone) == [runs[1].id])
        table.tick(now: 1_000_000)
        #expect(table.runs(of: session, for: .anyone) == [])
    }

    @Test func whatWasForgottenIsRememberedForAWhileAndWithinBounds() {
        var table = table()
        let run = RunRecord.running()
        table.forget(run.id, now: 0)
        table.tick(now: 119_999)
        #expect(table.start(run, 1...1, now: 119_999) == .forgotten)
        for _ in 0..<2 * RunTable.mostForgotten { table.forget(RunID(), now: 119_999) }
        #expect(table.start(run, 1...1, now: 119_999) == .nothing, "the oldest go first")
        let last = RunRecord.running()
        table.forget(last.id, now: 200_000)
        #expect(table.start(last, 1...1, now: 200_000) == .forgotten)
        table.tick(now: 320_000)
        #expect(table.start(last, 1...1, now: 320_000) == .nothing)
    }
}

extension RunTable {
    fileprivate mutating func start(_ run: RunRecord, _ numbers: ClosedRange<Int>, size: Int = 0, now: Int) -> RunWish {
        record(run, events: .numbered(numbers, size: size), keepingFrom: 1, now: now)
    }

    fileprivate mutating func go(
        _ run: RunRecord,
        _ numbers: ClosedRange<Int>? = nil,
        keepingFrom first: Int = 1,
        size: Int = 0,
        now: Int
    ) -> RunWish {
        let events = numbers.map { [NumberedEvent].numbered($0, size: size) } ?? []
        return record(run, events: events, keepingFrom: first, now: now)
    }

    fileprivate func numbers(_ run: RunRecord, now: Int) -> Numbers? {
        events(of: run.id, after: 0, for: .anyone, now: now).map { Numbers($0.events.map(\.number), $0.end) }
    }
}

import TestSupport
import Testing

@testable import Anthropic

@Suite struct CallLimitTests {
    private static let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

    /// As many calls as that, let start at once.
    private func start(_ count: Int, _ limit: inout CallLimit, at seconds: Double = 0) -> [CallLimit.Ticket] {
        (0..<count).compactMap { _ in
            if case .start(let ticket) = limit.wants(by: at(seconds + 30), now: at(seconds)).verdict {
                ticket
            } else {
                nil
            }
        }
    }

    private func refused(_ wait: Double?) -> CallLimit.Outcome {
        .overloaded(wait: wait.map { .seconds($0) }, jitter: 1)
    }

    @Test func thereIsNoLimitUntilARefusal() {
        var limit = CallLimit(maxWaiting: 1)
        let calls = start(10_000, &limit)
        #expect(calls.count == 10_000)
        for call in calls { #expect(limit.ended(call, .other, now: at(1)) == CallLimit.Effects()) }
        #expect(limit.underWay == 0 && !limit.isLimited)
    }

    @Test func aRefusalPausesAndHalves() {
        var limit = CallLimit(maxWaiting: 10)
        let calls = start(4, &limit)
        #expect(limit.ended(calls[0], refused(5), now: at(1)).notice == .began(calls: 2, pause: .seconds(5)))
        // The first watches the end of the pause, the others only their own time.
        #expect(limit.wants(by: at(30), now: at(2)).verdict == .wait(0, until: at(6)))
        #expect(limit.wants(by: at(31), now: at(2)).verdict == .wait(1, until: at(31)))
        #expect(limit.wants(by: at(32), now: at(2)).verdict == .wait(2, until: at(32)))
        for call in calls[1...] { #expect(limit.ended(call, .answered, now: at(3)) == CallLimit.Effects()) }
        #expect(limit.looks(0, now: at(5)).verdict == .wait(0, until: at(6)))
        #expect(limit.looks(1, now: at(6)).verdict == .wait(1, until: at(31)))
        var step = limit.looks(0, now: at(6))
        #expect(step.verdict == .start(.init(round: 1)) && step.effects.wake == [1])
        step = limit.looks(1, now: at(6))
        #expect(step.verdict == .start(.init(round: 1)) && step.effects.wake == [2])
        #expect(limit.looks(2, now: at(6)).verdict == .wait(2, until: at(32)))
        // Whoever comes now stands behind.
        #expect(limit.wants(by: at(33), now: at(7)).verdict == .wait(3, until: at(33)))
        // A success makes room for two: its own, and one more.
        #expect(limit.ended(.init(round: 1), .answered, now: at(8)) == .init(wake: [2]))
        #expect(limit.looks(2, now: at(8)).effects.wake == [3])
        #expect(limit.looks(3, now: at(8)).verdict == .start(.init(round: 1)))
        #expect(limit.underWay == 3 && limit.waitingCalls == 0)
    }

    @Test func callsThatAreRefusedTogetherCutOnce() {
        var limit = CallLimit(maxWaiting: 10)
        let calls = start(8, &limit)
        #expect(limit.ended(calls[0], refused(nil), now: at(0)).notice == .began(calls: 4, pause: .milliseconds(500)))
        _ = limit.wants(by: at(30), now: at(0))
        // No longer pause without a word, a longer one with it, and the first that waits is told.
        #expect(limit.ended(calls[1], refused(nil), now: at(0.25)) == CallLimit.Effects())
        #expect(limit.ended(calls[2], refused(0.2), now: at(0.25)) == CallLimit.Effects())
        #expect(limit.ended(calls[3], refused(2), now: at(0.25)) == .init(wake: [0]))
        #expect(limit.looks(0, now: at(0.25)).verdict == .wait(0, until: at(2.25)))
        for call in calls[4...] { _ = limit.ended(call, .answered, now: at(0.2)) }
        // What was let in before the cut changes nothing: four may run.
        #expect(limit.looks(0, now: at(2.25)).verdict == .start(.init(round: 1)))
        #expect(start(10, &limit, at: 2.25).count == 3)
    }

    @Test func pausesOfUnknownLengthGrowUntilASuccess() {
        var limit = CallLimit(maxWaiting: 10)
        var (time, call) = (0.0, start(1, &limit)[0])
        for pause in [0.5, 1, 2, 4, 8, 8] {
            _ = limit.ended(call, refused(nil), now: at(time))
            guard case .wait(let id, _) = limit.wants(by: at(time + 30), now: at(time)).verdict else {
                Issue.record("a call started during the pause")
                return
            }
            #expect(limit.looks(id, now: at(time)).verdict == .wait(id, until: at(time + pause)))
            time += pause
            guard case .start(let next) = limit.looks(id, now: at(time)).verdict else {
                Issue.record("no call started after the pause")
                return
            }
            call = next
        }
        // Somebody waits, so that the limit stays.
        _ = limit.wants(by: at(time + 30), now: at(time))
        _ = limit.ended(call, .answered, now: at(time))
        guard case .start(let next) = limit.looks(6, now: at(time)).verdict else {
            Issue.record("no call started after a success")
            return
        }
        _ = limit.ended(next, refused(nil), now: at(time))
        #expect(limit.wants(by: at(time + 30), now: at(time)).verdict == .wait(7, until: at(time + 0.5)))
    }

    @Test func whoCannotStartInTimeIsToldAtOnce() {
        var limit = CallLimit(maxWaiting: 3)
        let calls = start(2, &limit)
        _ = limit.ended(calls[0], refused(5), now: at(0))
        #expect(limit.wants(by: at(5), now: at(0)).verdict == .refuse(.tooLate))
        for (id, latest) in [(0, 6.0), (1, 8), (2, 20)] {
            #expect(limit.wants(by: at(latest), now: at(0)).verdict == .wait(id, until: at(id == 0 ? 5 : latest)))
        }
        #expect(limit.wants(by: at(30), now: at(0)).verdict == .refuse(.full))
        // The pause gets longer than two of them can wait.
        #expect(limit.ended(calls[1], refused(9), now: at(1)) == .init(wake: [0, 1]))
        #expect(limit.looks(1, now: at(1)) == (.refuse(.tooLate), .init()))
        #expect(limit.looks(0, now: at(1)) == (.refuse(.tooLate), .init(wake: [2])))
        #expect(limit.looks(2, now: at(1)).verdict == .wait(2, until: at(10)))
        #expect(limit.waitingCalls == 1)
        // However long the provider wants: after a minute somebody asks again.
        #expect(limit.looks(2, now: at(10)).verdict == .start(.init(round: 1)))
        _ = limit.ended(.init(round: 1), refused(3600), now: at(11))
        #expect(limit.wants(by: at(72), now: at(11)).verdict == .wait(3, until: at(71)))
    }

    @Test func whoLeavesLetsTheNextOneWatch() {
        var limit = CallLimit(maxWaiting: 10)
        let calls = start(2, &limit)
        _ = limit.ended(calls[0], refused(5), now: at(0))
        for _ in 0..<4 { _ = limit.wants(by: at(30), now: at(0)) }
        #expect(limit.leaves(1) == .init())
        #expect(limit.leaves(0) == .init(wake: [2]))
        #expect(limit.leaves(0) == .init())
        #expect(limit.looks(2, now: at(1)).verdict == .wait(2, until: at(5)))
        #expect(limit.leaves(2) == .init(wake: [3]))
        #expect(limit.leaves(3) == .init())
        #expect(limit.waitingCalls == 0)
    }

    @Test func nobodyOvertakesACallThatIsJustBeingWoken() {
        var limit = CallLimit(maxWaiting: 10)
        let calls = start(2, &limit)
        for call in calls { _ = limit.ended(call, refused(1), now: at(0)) }
        #expect(limit.wants(by: at(30), now: at(0)).verdict == .wait(0, until: at(1)))
        // The pause is over, and the call that waited has not looked yet.
        #expect(limit.wants(by: at(31), now: at(1)).verdict == .wait(1, until: at(31)))
        #expect(limit.looks(0, now: at(1)).verdict == .start(.init(round: 1)))
    }

    @Test func theLimitGrowsAndIsForgotten() {
        var limit = CallLimit(maxWaiting: 100)
        let calls = start(10, &limit)
        for call in calls { _ = limit.ended(call, refused(1), now: at(0)) }
        var notices: [CallLimit.Notice] = []
        var rounds: [Int] = []
        while limit.isLimited, rounds.count < 20 {
            let running = start(20, &limit, at: 1)
            rounds.append(running.count)
            for id in 0..<100 { _ = limit.leaves(id) }
            notices += running.compactMap { limit.ended($0, .answered, now: at(2)).notice }
        }
        #expect(rounds == [5, 10])
        #expect(notices == [.ended(refusals: 10, after: .seconds(2))])
        #expect(start(1000, &limit).count == 1000)
    }

    @Test func aLimitThatNobodyUsesIsForgotten() {
        var limit = CallLimit(maxWaiting: 10)
        let calls = start(4, &limit)
        for call in calls { _ = limit.ended(call, refused(1), now: at(0)) }
        #expect(limit.wants(by: at(90), now: at(60)) == (.start(.init(round: 1)), .init()))
        _ = limit.ended(.init(round: 1), .other, now: at(60))
        let step = limit.wants(by: at(90), now: at(61))
        #expect(step == (.start(.init(round: 1)), .init(notice: .ended(refusals: 4, after: .seconds(61)))))
    }

    @Test func whatElseGoesWrongSlowsNobodyDown() {
        var limit = CallLimit(maxWaiting: 10)
        var calls = start(4, &limit)
        _ = limit.ended(calls.removeLast(), refused(1), now: at(0))
        for call in calls { _ = limit.ended(call, .other, now: at(0)) }
        for second in 1..<20 {
            let running = start(5, &limit, at: Double(second))
            #expect(running.count == 2)
            for id in 0..<100 { _ = limit.leaves(id) }
            for call in running { _ = limit.ended(call, .other, now: at(Double(second))) }
        }
    }

    @Test("Whatever happens in whatever order: nobody who could start sleeps on, and the order is kept")
    func noWakeUpIsLost() {
        for seed in 0..<UInt64(soak(3000, otherwise: 300)) {
            var dice = Dice(state: seed)
            var table = Table(maxWaiting: 8)
            for _ in 0..<200 {
                switch dice.roll(6) {
                case 1, 2: table.call(patience: dice.roll(3000))
                case 3: table.end(dice.index(8), .answered)
                case 4:
                    let wait = dice.roll(2) == 1 ? nil : dice.roll(1500)
                    table.end(dice.index(8), .overloaded(wait: wait.map { .milliseconds($0) }, jitter: 0.5))
                case 5: table.cancel(dice.index(8))
                default: table.pass(dice.roll(800))
                }
                let sound = table.check()
                #expect(sound == nil, "seed \(seed)")
                if sound != nil { return }
            }
        }
    }
}

/// Carries out what a limit decides, at once and by a clock of its own.
private struct Table {
    private var limit: CallLimit
    private var now = ContinuousClock.now
    private var running: [CallLimit.Ticket] = []
    private var until: [CallLimit.ID: ContinuousClock.Instant] = [:]
    private var fault: String?

    init(maxWaiting: Int) { limit = CallLimit(maxWaiting: maxWaiting) }

    mutating func call(patience: Int) {
        let (verdict, effects) = limit.wants(by: now + .milliseconds(patience), now: now)
        if case .start = verdict, !until.isEmpty { fault = "a call overtook those that wait" }
        take(verdict, nil)
        wake(effects.wake)
    }

    mutating func end(_ index: Int, _ outcome: CallLimit.Outcome) {
        guard running.indices.contains(index) else { return }
        wake(limit.ended(running.remove(at: index), outcome, now: now).wake)
    }

    mutating func cancel(_ index: Int) {
        guard let id = until.keys.sorted().dropFirst(index).first else { return }
        until[id] = nil
        wake(limit.leaves(id).wake)
    }

    mutating func pass(_ milliseconds: Int) {
        let end = now + .milliseconds(milliseconds)
        while let (id, time) = until.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }), time <= end {
            now = max(now, time)
            wake([id])
            if until[id] == time {
                fault = "a call looked in vain"
                return
            }
        }
        now = end
    }

    /// What is wrong, if anything is.
    func check() -> String? {
        if let fault { return fault }
        if limit.underWay != running.count { return "calls under way are counted wrong" }
        if limit.waitingCalls != until.count { return "calls that wait are counted wrong" }
        for id in until.keys {
            var copy = limit
            if case .wait = copy.looks(id, now: now).verdict { continue }
            return "call \(id) need not wait and does not know"
        }
        return nil
    }

    private mutating func wake(_ ids: [CallLimit.ID]) {
        var ids = ids
        while !ids.isEmpty {
            let id = ids.removeFirst()
            guard until[id] != nil else { continue }
            let (verdict, effects) = limit.looks(id, now: now)
            if case .start = verdict, until.keys.min() != id { fault = "a call overtook another" }
            take(verdict, id)
            ids += effects.wake
        }
    }

    private mutating func take(_ verdict: CallLimit.Verdict, _ id: CallLimit.ID?) {
        if let id { until[id] = nil }
        switch verdict {
        case .start(let ticket): running.append(ticket)
        case .wait(let id, let time): until[id] = time
        case .refuse: break
        }
    }
}

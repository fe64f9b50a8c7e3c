import Testing

@testable import Agent

/// Transcripts: events with their times, and what is decided. Leases last 100 ms here.
@Suite struct SessionControlTests {
    @Test func aTurnTakesTheLeaseAndGivesItBack() {
        var control = Transcript()
        let a = RunID()
        #expect(control.begin(a, at: 7) == .granted(fence: 7000))
        #expect(control.value.renew(a, fence: 7000, now: 40) == .held(until: 140))
        #expect(control.value.mayCommit(a, fence: 7000) == .open)
        control.value.committed(a, key: nil, answer: nil, keepsHistory: true, now: 50)
        #expect(control.value.mayCommit(a, fence: 7000) == .committed)
        #expect(control.value.renew(a, fence: 7000, now: 60) == .ended(.superseded))
        #expect(control.begin(RunID(), at: 60) == .granted(fence: 7001))
        #expect(control.value.takeSignals().isEmpty)
    }

    @Test func aReleaseWakesTheHeadOfTheQueueOnly() {
        var control = Transcript()
        let (a, b, c) = (RunID(), RunID(), RunID())
        #expect(control.begin(a, at: 0) == .granted(fence: 1000))
        #expect(control.begin(b, at: 10) == .wait(.init(until: 100, epoch: 0)))
        #expect(control.begin(c, at: 20, until: 60) == .wait(.init(until: 60, epoch: 0)))
        control.value.committed(a, key: nil, answer: nil, keepsHistory: true, now: 30)
        #expect(control.value.takeSignals() == [b])
        #expect(control.begin(RunID(), .reject, at: 31) == .busy(b), "free, but others are before")
        #expect(control.again(c, at: 31, until: 60) == .wait(.init(until: 60, epoch: 0)))
        #expect(control.again(b, at: 32) == .granted(fence: 1001))
        #expect(control.again(c, at: 60, until: 60) == .busy(b))
        #expect(control.value.waitingCount == 0)
    }

    @Test func anInterruptionTellsTheHolderAndGoesFirst() {
        var control = Transcript()
        let (a, b, c) = (RunID(), RunID(), RunID())
        #expect(control.begin(a, at: 0) == .granted(fence: 1000))
        _ = control.begin(b, at: 10)
        #expect(control.begin(c, .interrupt, at: 20) == .wait(.init(until: 100, epoch: 0)))
        #expect(control.value.takeSignals() == [a])
        #expect(control.value.renew(a, fence: 1000, now: 21) == .ended(.interrupted))
        #expect(control.value.mayCommit(a, fence: 1000) == .open, "what it has done is kept")
        control.value.abandon(a, fence: 1000, key: nil, now: 30)
        #expect(control.value.takeSignals() == [c])
        #expect(control.again(b, at: 31) == .wait(.init(until: 131, epoch: 0)))
        #expect(control.again(c, .interrupt, at: 31) == .granted(fence: 1001))
    }

    @Test func aLeaseThatEndedIsTheRunsUntilAnotherComes() {
        var control = Transcript()
        let (a, b) = (RunID(), RunID())
        #expect(control.begin(a, at: 0) == .granted(fence: 1000))
        #expect(control.value.renew(a, fence: 1000, now: 500) == .held(until: 600))
        #expect(control.value.mayCommit(a, fence: 1000) == .open)
        #expect(control.begin(b, at: 600) == .granted(fence: 1001))
        #expect(control.value.renew(a, fence: 1000, now: 601) == .ended(.superseded))
        #expect(control.value.mayCommit(a, fence: 1000) == .superseded)
        control.value.abandon(a, fence: 1000, key: nil, now: 602)
        #expect(control.begin(RunID(), .reject, at: 603) == .busy(b))
    }

    @Test func aDeadWaiterLosesItsPlace() {
        var control = Transcript()
        let (a, dead, c) = (RunID(), RunID(), RunID())
        #expect(control.begin(a, at: 0) == .granted(fence: 1000))
        _ = control.begin(dead, at: 10)
        #expect(control.begin(c, at: 20) == .wait(.init(until: 100, epoch: 0)))
        #expect(control.again(c, at: 100) == .wait(.init(until: 200, epoch: 0)), "the first may still come")
        #expect(control.again(c, at: 200) == .granted(fence: 1001))
        #expect(control.value.waitingCount == 0)
    }

    @Test func timeAloneDropsTheDead() {
        var control = Transcript()
        let (a, b) = (RunID(), RunID())
        _ = control.begin(a, at: 0)
        _ = control.begin(b, at: 10)
        control.value.tick(now: 199)
        #expect(control.value.waitingCount == 1)
        control.value.tick(now: 200)
        #expect(control.value.waitingCount == 0)
        #expect(!control.value.isActive(now: 200))
        #expect(!control.value.isIdle(now: 1099), "its late commit is to be known")
        #expect(control.value.isIdle(now: 1100))
    }

    @Test func aClearEndsEverythingOnce() {
        var control = Transcript()
        let (a, b) = (RunID(), RunID())
        let key = Idempotency.fresh()
        #expect(control.begin(a, at: 0, key: key) == .granted(fence: 1000))
        _ = control.begin(b, at: 10)
        control.value.clear(now: 20)
        #expect(control.value.takeSignals() == [a, b])
        #expect(control.again(b, at: 21) == .cleared)
        #expect(control.value.renew(a, fence: 1000, now: 22) == .ended(.cleared))
        #expect(control.value.mayCommit(a, fence: 1000) == .cleared)
        #expect(control.begin(RunID(), at: 23, key: key) == .cleared, "it may have been done")
        control.value.abandon(a, fence: 1000, key: key, now: 24)
        #expect(control.begin(RunID(), as: .bob, at: 25, key: key) == .granted(fence: 1002))
    }

    @Test func theOwnerIsWhoeverCommitted() {
        var control = Transcript()
        let (a, b) = (RunID(), RunID())
        #expect(control.begin(a, at: 0) == .granted(fence: 1000))
        #expect(control.begin(b, as: .bob, at: 10) == .notFound)
        #expect(!control.value.isOpen(to: .principal(.bob), now: 10))
        control.value.abandon(a, fence: 1000, key: nil, now: 20)
        #expect(control.begin(b, as: .bob, at: 30) == .granted(fence: 1001))
        control.value.committed(b, key: nil, answer: nil, keepsHistory: true, now: 40)
        #expect(control.begin(a, at: 50) == .notFound)
        control.value.historyEnded(now: 60)
        #expect(control.begin(a, at: 60) == .granted(fence: 1002))
    }

    @Test func aDuplicateFollowsTheFirstAndTakesItsPlaceWhenItDies() {
        var control = Transcript()
        let (a, b, c) = (RunID(), RunID(), RunID())
        let key = Idempotency.fresh()
        #expect(control.begin(a, at: 0, key: key) == .granted(fence: 1000))
        #expect(control.begin(b, .reject, at: 10, key: key) == .wait(.init(until: 100, epoch: 0)))
        #expect(control.begin(c, at: 10, key: key.reused) == .keyReused)
        #expect(control.again(b, .reject, at: 100, key: key) == .granted(fence: 1001))
        #expect(control.begin(c, at: 110, key: key) == .wait(.init(until: 200, epoch: 0)))
        control.value.committed(b, key: key, answer: [7], keepsHistory: true, now: 120)
        #expect(control.value.takeSignals() == [c])
        #expect(control.again(c, at: 121, key: key) == .replayed(answer: [7]))
        #expect(control.begin(c, at: 120 + 9999, key: key) == .replayed(answer: [7]))
        #expect(control.begin(c, at: 120 + 10_000, key: key) == .granted(fence: 1002))
    }

    @Test func keysAreBounded() {
        var control = Transcript()
        var keys: [Idempotency] = []
        for number in 0..<9 {
            let run = RunID()
            keys.append(.fresh())
            guard case .granted = control.begin(run, at: number, key: keys[number]) else {
                Issue.record("not granted")
                return
            }
            control.value.committed(run, key: keys[number], answer: [UInt8(number)], keepsHistory: true, now: number)
        }
        let run = RunID()
        #expect(control.begin(run, at: 9, key: keys[8]) == .replayed(answer: [8]))
        #expect(control.begin(run, at: 9, key: keys[1]) == .replayed(answer: [1]))
        #expect(control.begin(run, at: 9, key: keys[0]) == .granted(fence: 1009), "the oldest made room")
        let before = control.value.bytes
        let dropped = [8, 0].map { control.value.dropAnswer(under: keys[$0].key) }
        #expect(dropped == [true, false], "the second is being answered")
        #expect(control.value.bytes < before)
    }
}

/// A control with short times, and the claims that were made of it.
private struct Transcript {
    var value: SessionControl
    private var waits: [RunID: SessionControl.Wait] = [:]

    init() {
        var limits = SessionControl.Limits()
        limits.leaseLength = 100
        limits.retention = 1000
        limits.answerLife = 10_000
        limits.keys = 8
        value = SessionControl(limits: limits)
    }

    mutating func begin(
        _ run: RunID,
        as principal: Principal = .alice,
        _ ifBusy: IfBusy = .wait,
        at now: Int,
        until: Int = 100_000,
        key: Idempotency? = nil
    ) -> SessionControl.Decision {
        let claim = SessionControl.Claim(
            run: run,
            principal: principal,
            idempotency: key,
            ifBusy: ifBusy,
            until: until
        )
        let decision = value.begin(claim, since: waits[run], now: now)
        if case .wait(let wait) = decision { waits[run] = wait } else { waits[run] = nil }
        return decision
    }

    /// Looks again, after having been told to wait.
    mutating func again(
        _ run: RunID,
        _ ifBusy: IfBusy = .wait,
        at now: Int,
        until: Int = 100_000,
        key: Idempotency? = nil
    ) -> SessionControl.Decision {
        begin(run, ifBusy, at: now, until: until, key: key)
    }
}

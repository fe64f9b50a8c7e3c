import Synchronization
import TestSupport
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct AlarmsTests {
    @Test func anAlarmRingsAfterItsInstantAndOnce() async throws {
        let rung = Gate()
        let count = Atomic(0)
        let instant = ContinuousClock.now + .milliseconds(30)
        _ = Alarms.shared.set(at: instant) {
            count.add(1, ordering: .relaxed)
            rung.open()
        }
        try await rung.wait()
        #expect(ContinuousClock.now >= instant)
        #expect(count.load(ordering: .relaxed) == 1)
    }

    @Test func anEarlierAlarmThatIsSetLaterRingsFirst() async throws {
        let (late, early) = (Gate(), Gate())
        let order = Mutex<[String]>([])
        _ = Alarms.shared.set(at: .now + .milliseconds(150)) {
            order.withLock { $0.append("late") }
            late.open()
        }
        _ = Alarms.shared.set(at: .now + .milliseconds(20)) {
            order.withLock { $0.append("early") }
            early.open()
        }
        try await early.wait()
        try await late.wait()
        #expect(order.withLock { $0 } == ["early", "late"])
    }

    @Test func aCancelledAlarmIsSilent() async throws {
        let count = Atomic(0)
        let alarm = Alarms.shared.set(at: .now + .milliseconds(20)) { count.add(1, ordering: .relaxed) }
        alarm.cancel()
        let after = Gate()
        _ = Alarms.shared.set(at: .now + .milliseconds(60)) { after.open() }
        try await after.wait()
        #expect(count.load(ordering: .relaxed) == 0)
    }

    @Test func aSleepEndsAtItsInstantOrWithItsTask() async throws {
        let instant = ContinuousClock.now + .milliseconds(20)
        try await Alarms.shared.sleep(until: instant)
        #expect(ContinuousClock.now >= instant)
        let sleeper = Task { try await Alarms.shared.sleep(until: .now + .seconds(3600)) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test func aSignalIsWaitedForUntilItsDeadlineAndNoLonger() async {
        let signal = Signal()
        let deadline = ContinuousClock.now + .milliseconds(20)
        await signal.wait(until: deadline)
        #expect(ContinuousClock.now >= deadline)
        // The alarm of that wait does not end this one; a signal that came meanwhile does.
        signal.raise()
        await signal.wait(until: .now + .seconds(3600))
    }
}

@Suite(.timeLimit(.minutes(1))) struct BoundTests {
    @Test func workInTimeGivesItsResult() async {
        #expect(await RunTimer.system.bounded(by: .now + .seconds(3600)) { 7 } == 7)
    }

    @Test func lateWorkIsCancelledAndWaitedFor() async {
        let ended = Atomic(false)
        let result = await RunTimer.system.bounded(by: .now + .milliseconds(20)) {
            try? await Gate().wait()
            ended.store(true, ordering: .releasing)
            return 7
        }
        #expect(result == nil && ended.load(ordering: .acquiring))
    }

    @Test func aCancelledCallerGetsNothingUnlessTheWorkIsShielded() async {
        let (bounded, shielded) = (Gate(), Gate())
        let caller = Task {
            await (
                RunTimer.system.bounded(by: .now + .seconds(3600)) { () -> Int in
                    try? await bounded.wait()
                    return 1
                },
                RunTimer.system.shielded(by: .now + .seconds(3600)) { () -> Bool in
                    shielded.open()
                    return Task.isCancelled
                }
            )
        }
        caller.cancel()
        let (first, second) = await caller.value
        #expect(first == nil)
        #expect(second == false)
    }
}

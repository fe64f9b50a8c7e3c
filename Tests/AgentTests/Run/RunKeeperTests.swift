import Logging
import Synchronization
import TestSupport
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct RunKeeperTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let request = RunRequest.example("Hi", session: "s")
    private let store = ScriptedRunStore()

    private func log(ring: EventRing = EventRing(), isStreamed: Bool = true) -> RunLog {
        RunLog(of: request, isStreamed: isStreamed, codec: SummaryCodec(), ring: ring)
    }

    private func end(_ log: RunLog) {
        log.ends(as: .failed, with: .failed(RunError(.modelFailed, "test"), requestID: ""))
    }

    private func keeper(_ log: RunLog, timer: RunTimer = .system) -> RunKeeper {
        RunKeeper(log: log, store: store, timer: timer, logger: logger)
    }

    private var ends: [RunRecord] { store.records.filter(\.state.isEnd) }

    @Test func theEndIsRecordedOnceAndAfterEverythingElse() async throws {
        let log = log()
        log.begins()
        for _ in 0..<20 { log.log(.text(String(repeating: "x", count: EventPage.size / 8))) }
        end(log)
        let start = ContinuousClock.now
        await keeper(log).keep(request.runID) {}
        // One portion follows the other.
        #expect(ContinuousClock.now - start < RunLife.renewal)
        #expect(store.records.map(\.state) == [.running, .running, .failed])
        #expect(store.events(of: request.runID).count == 22)
        #expect(store.events(of: request.runID).last?.name == "failed")
    }

    @Test func whatHappensIsRecordedWhileTheRunLives() async {
        let log = log()
        log.begins()
        async let kept: Void = keeper(log).keep(request.runID) {}
        await log.begun()
        #expect(store.events(of: request.runID).map(\.name) == ["started"])
        await store.watching(request.runID, for: .events) { signal in
            log.log(.text("a"))
            while store.events(of: request.runID).count < 2 { await signal.wait(until: .now + .seconds(60)) }
        }
        end(log)
        await kept
        #expect(store.events(of: request.runID).map(\.name) == ["started", "text", "failed"])
    }

    /// Nobody waits to read along.
    @Test func aRunThatIsNotStreamedAndEndsAtOnceIsRecordedOnce() async {
        let log = log(isStreamed: false)
        log.begins()
        async let kept: Void = keeper(log).keep(request.runID) {}
        end(log)
        await kept
        #expect(store.records.map(\.state) == [.failed])
        #expect(store.events(of: request.runID).map(\.name) == ["failed"])
    }

    @Test func aStoreThatFailsForAWhileMissesNothing() async {
        let log = log()
        log.begins()
        let down = StoreError(.unavailable, "test")
        store.failNext(down, down, down)
        async let kept: Void = keeper(log).keep(request.runID) {}
        // That others could not be told does not hold the run's own stream up.
        await log.begun()
        log.log(.text("a"))
        end(log)
        await kept
        #expect(store.events(of: request.runID).map(\.name) == ["started", "text", "failed"])
        #expect(ends.count == 1)
    }

    @Test func aStoreThatNeverTakesTheEndIsGivenUp() async {
        let log = log()
        log.begins()
        for _ in 0..<10 { log.log(.text(String(repeating: "x", count: EventPage.size / 2))) }
        end(log)
        for _ in 0..<1000 { store.failNext(StoreError(.unavailable, "test")) }
        let start = ContinuousClock.now
        let now = Mutex(start)
        let timer = RunTimer(
            now: { now.withLock { $0 } },
            sleep: { deadline in now.withLock { $0 = max($0, deadline) } }
        )
        await keeper(log, timer: timer).keep(request.runID) {}
        #expect(store.records.isEmpty)
        let waited = now.withLock { $0 } - start
        #expect(waited >= .seconds(5) && waited <= .seconds(7))
    }

    @Test func aSlowStoreHoldsNothingUpAndGetsWhatIsKept() async {
        let log = log(ring: EventRing(mostEvents: 100))
        let (gate, held) = (Gate(), Gate())
        store.holdNext(at: gate) { held.open() }
        log.begins()
        async let kept: Void = keeper(log).keep(request.runID) {}
        try? await held.wait()
        for number in 0..<10_000 { log.log(.text("\(number)")) }
        end(log)
        gate.open()
        await kept
        let events = store.events(of: request.runID)
        #expect(events.count == 100)
        #expect(events.last?.name == "failed")
        #expect(events.dropLast().last?.data == Array("9999".utf8))
    }

    @Test(arguments: [true, false])
    func aWishToCancelIsPassedOn(isStreamed: Bool) async throws {
        let log = log(isStreamed: isStreamed)
        log.begins()
        let wished = Gate()
        async let kept: Void = keeper(log).keep(request.runID) { wished.open() }
        await log.begun()
        #expect(try await store.cancel(request.runID, for: .anyone) == .running)
        try await wished.wait()
        end(log)
        await kept
        #expect(ends.count == 1)
    }

    @Test func aRunThatTheStoreDroppedIsNotRecordedAgain() async {
        let log = log()
        log.begins()
        async let kept: Void = keeper(log).keep(request.runID) {}
        await log.begun()
        let recorded = store.records.count
        store.drop(request.runID)
        await kept
        #expect(store.records.count == recorded)
        #expect(store.events(of: request.runID).isEmpty)
    }

    @Test func whatNobodyIsToKnowIsTakenBack() async {
        let log = log()
        log.begins()
        async let kept: Void = keeper(log).keep(request.runID) {}
        await log.begun()
        store.failNext(StoreError(.unavailable, "test"))
        log.endsUnseen()
        await kept
        #expect(store.forgotten == [request.runID])
        #expect(ends.isEmpty)
    }

    @Test func whatTheStoreMayHaveTakenWithoutAReplyIsTakenBackToo() async {
        let log = log()
        log.begins()
        store.failNext(StoreError(.unavailable, "no reply"))
        await keeper(log, timer: RunTimer(now: { .now }, sleep: { _ in log.endsUnseen() })).keep(request.runID) {}
        #expect(store.forgotten == [request.runID])
        #expect(store.records.isEmpty)
    }

    @Test func whatNeverBeganIsNeverTold() async {
        let log = log()
        end(log)
        await keeper(log).keep(request.runID) {}
        let replayed = self.log()
        replayed.endsUnseen()
        await keeper(replayed).keep(request.runID) {}
        #expect(store.records.isEmpty && store.forgotten.isEmpty)
    }
}

import Logging
import TestSupport
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct RunKeeperTests {
    private let store = ScriptedRunStore()
    private let request = RunRequest.example("Create tasks for Alex", session: "s")

    private func log() -> RunLog { RunLog(of: request, isStreamed: true, codec: SummaryCodec()) }

    private func keep(_ log: RunLog, timer: RunTimer = .system) async {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        await RunKeeper(log: log, store: store, timer: timer, logger: logger).keep(request.runID) {}
    }

    @Test func theEndIsToldWithTheLastEventHoweverManyThereAre() async {
        let log = log()
        log.begins()
        for _ in 0..<100 { log.log(.text(String(repeating: "x", count: 5000))) }
        log.ends(as: .failed, with: .failed(RunError(.modelFailed, "no model"), requestID: "r"))
        let start = ContinuousClock.now
        await keep(log)
        #expect(ContinuousClock.now - start < RunLife.renewal, "one portion follows the other")
        #expect(store.events(of: request.runID).count == 102)
        let states = store.records.map(\.state)
        #expect(states.count > 5)
        #expect(states == Array(repeating: .running, count: states.count - 1) + [.failed])
    }

    @Test func aRunWhoseFirstRecordGotNoReplyIsForgotten() async {
        let log = log()
        log.begins()
        store.failNext(StoreError(.unavailable, "no reply"))
        await keep(log, timer: RunTimer(now: { .now }, sleep: { _ in log.endsUnseen() }))
        #expect(store.forgotten == [request.runID])
        #expect(store.records.isEmpty)
    }
}

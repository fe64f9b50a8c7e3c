import TestSupport
import Testing

@testable import Agent

@Suite struct RunLogTests {
    private func log(isStreamed: Bool = true, ring: EventRing = EventRing()) -> RunLog {
        RunLog(of: .example("Hi", session: "s"), isStreamed: isStreamed, codec: SummaryCodec(), ring: ring, date: { 7 })
    }

    private func end(_ log: RunLog) {
        log.ends(as: .failed, with: .failed(RunError(.modelFailed, "test"), requestID: ""))
    }

    @Test func aRunThatIsStreamedLogsEverything() async {
        let log = log()
        log.begins()
        log.log(.text("a"))
        #expect(await log.page(after: 0)?.end == .open)
        end(log)
        let page = await log.page(after: 0)
        #expect(page?.events.map(\.event.name) == ["started", "text", "failed"])
        #expect(page?.events.map(\.number) == [1, 2, 3])
        #expect(page?.end == .ended)
        #expect(log.recorded?.lastEvent?.name == "failed")
    }

    @Test func anyOtherLogsItsEndAlone() async {
        let log = log(isStreamed: false)
        log.begins()
        log.log(.text("a"))
        #expect(await log.page(after: 0)?.events == [])
        #expect(log.recorded?.lastEvent == nil)
        end(log)
        #expect(await log.page(after: 0)?.events.map(\.event.name) == ["failed"])
        #expect(log.record.startedAt == 7 && log.record.endedAt == 7)
    }

    @Test func nothingComesBehindTheEnd() async {
        let log = log()
        log.begins()
        end(log)
        log.log(.text("late"))
        #expect(await log.page(after: 0)?.events.last?.event.name == "failed")
    }

    @Test func aPageThatDoesNotReachTheEndIsOpen() async {
        let log = log()
        log.begins()
        for _ in 0..<10 { log.log(.text(String(repeating: "x", count: EventPage.size / 3))) }
        end(log)
        let page = await log.page(after: 0)
        #expect(page?.end == .open && page?.isFull == true)
        let portion = log.portion(after: 0)
        #expect(!portion.isWhole && portion.isEnd)
        #expect(portion.record.state == .running && portion.record.endedAt == nil)
    }

    @Test func whatIsForgottenIsThereForItsOwnerAlone() async {
        let log = log()
        log.begins()
        log.endsUnseen()
        #expect(await log.page(after: 0) == nil)
        #expect(log.recorded == nil)
        #expect(log.ownPage(after: 0).events.map(\.event.name) == ["started"])
        #expect(log.ownPage(after: 0).end == .ended)
    }

    @Test(.timeLimit(.minutes(1))) func itHasBegunOnceOthersFindIt() async {
        let log = log()
        log.begins()
        async let begun: Void = log.begun()
        #expect(!log.portion(after: 0).isEnd)
        log.announced()
        await begun
    }

    @Test(.timeLimit(.minutes(1))) func oneThatFailsBeforeItBeginsIsNotWaitedFor() async {
        let log = log()
        async let begun: Void = log.begun()
        end(log)
        await begun
        await log.ended()
        #expect(log.record.startedAt == nil)
    }

    @Test(.timeLimit(.minutes(1))) func aReaderIsToldOfEachChange() async {
        let log = log()
        await log.watching { signal in
            log.begins()
            await signal.wait(until: .now + .seconds(600))
            log.log(.text("a"))
            await signal.wait(until: .now + .seconds(600))
            end(log)
            await signal.wait(until: .now + .seconds(600))
        }
    }
}

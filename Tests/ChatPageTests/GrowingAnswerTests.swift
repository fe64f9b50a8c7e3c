import Agent
import Foundation
import TestSupport
import Testing

/// Answers that are seen to grow, and what interrupts them.
@Suite(.timeLimit(.minutes(5))) struct GrowingAnswerTests {
    /// Twelve characters each, so that a stream of the model server sends each by itself.
    private static let words = (0..<30).map { "word \(1000 + $0).. " }
    private static let text = words.joined().trimmingCharacters(in: .whitespaces)
    private static let shown = "[...document.querySelectorAll('.text')].at(-1)?.innerText ?? ''"

    /// The model says the first ten words, and the rest when it may.
    private static func responder(until release: EventCount) -> ModelServer.Responder {
        { _ in .text(text).delivered { $0.holdBefore[ModelServer.firstDelta + 10] = release } }
    }

    @Test(arguments: Browser.Device.allCases)
    func anAnswerIsSeenGrowing(device: Browser.Device) async throws {
        let responder: ModelServer.Responder = { _ in .text(Self.text).delivered { $0.pace = .milliseconds(20) } }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with(device) { browser in
                    try await browser.openPage(worker.url)
                    // How long the text was, each time that it was drawn.
                    try await browser.run(
                        """
                        window.lengths = [];
                        new MutationObserver(() => {
                            const length = (\(Self.shown)).length;
                            if (length && lengths.at(-1) !== length) lengths.push(length);
                        }).observe(threads, { subtree: true, childList: true });
                        """
                    )
                    try await browser.send("Talk")
                    try await browser.wait(for: "lengths.length > 12")
                    #expect(
                        try await browser.value("document.querySelector('.answer').getAttribute('aria-busy')") == "true"
                    )
                    try await browser.screenshot("growing")
                    try await browser.waitForTurns(1)
                    let lengths = try await browser.value("lengths").arrayValue?.compactMap(\.intValue) ?? []
                    print(
                        "An answer of \(Self.words.count) pieces, one each 20 ms, was drawn in \(lengths.count) steps"
                    )
                    #expect(lengths == lengths.sorted() && lengths.count >= Self.words.count / 2)
                    #expect(try await browser.lastText(".text") == Self.text)
                }
            }
        }
    }

    @Test func aReloadInTheMiddleOfAnAnswerLosesNothing() async throws {
        let release = EventCount()
        try await ModelServer.serving(Self.responder(until: release)) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with { browser in
                    try await browser.openPage(worker.url)
                    try await browser.send("Talk")
                    try await browser.wait(for: "(\(Self.shown)).includes('1009')")
                    try await browser.reload()
                    try await browser.waitUntilReady()
                    // All that was said before the reload is there again, while the run goes on.
                    try await browser.wait(
                        for: "(\(Self.shown)).startsWith('word 1000') && (\(Self.shown)).includes('1009')"
                    )
                    #expect(try await browser.value("document.querySelector('#stop').hidden") == false)
                    try await browser.screenshot("reloaded-in-the-middle")
                    release.add()
                    try await browser.waitForTurns(1)
                    #expect(try await browser.lastText(".text") == Self.text)
                    #expect(model.requests.count == 1)
                    try await browser.reload()
                    try await browser.waitUntilReady()
                    try await browser.waitForTurns(1)
                    #expect(try await browser.lastText(".text") == Self.text)
                }
            }
        }
    }

    @Test func theWorkerDiesInTheMiddleOfAnAnswer() async throws {
        let never = EventCount()
        let responder: ModelServer.Responder = { request in
            request.index == 0
                ? .text(Self.text).delivered { $0.holdBefore[ModelServer.firstDelta + 10] = never } : .text(Self.text)
        }
        try await ModelServer.serving(responder) { model in
            try await Fleet.with(model.settings) { fleet in
                try await Browser.with { browser in
                    try await browser.openPage(fleet.url)
                    try await browser.send("Talk")
                    try await browser.wait(for: "(\(Self.shown)).includes('1009')")
                    let port = try #require(model.url.split(separator: ":").last.flatMap { Int($0) })
                    let worker = try #require(try fleet.worker(connectedTo: port))
                    let start = ContinuousClock.now
                    kill(worker.pid, SIGKILL)
                    try await browser.wait(for: "document.querySelector('.state').innerText.includes('Trying again')")
                    try await browser.screenshot("worker-died")
                    try await browser.waitForTurns(1, within: 60)
                    print(
                        "The worker died in the middle of an answer; it was whole after \(ContinuousClock.now - start)"
                    )
                    #expect(try await browser.lastText(".text") == Self.text)
                    #expect(try await browser.count(".problem") == 0)
                    #expect(model.requests.count == 2)
                    try await browser.screenshot("completed")
                }
            }
        }
    }

    @Test func aServiceThatIsAwayIsWaitedFor() async throws {
        try await ParleyWorker.with { worker in
            try await Browser.with { browser in
                try await browser.openPage(worker.url)
                try await browser.send("Create tasks for Alex")
                try await browser.waitForTurns(1)
                worker.process.signal(SIGKILL)
                await worker.process.waitForExit()
                try await browser.send("Alex Smith")
                try await browser.wait(
                    for: "document.querySelectorAll('.state')[1]?.innerText.startsWith('Connection lost')"
                )
                try await browser.screenshot("connection-lost")
            }
        }
    }
}

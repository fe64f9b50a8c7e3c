import Agent
import ChatPage
import Foundation
import Synchronization
import TestSupport
import Testing

/// What the page costs, and how fast it is.
@Suite(.timeLimit(.minutes(5))) struct FigureTests {
    @Test func theFirstLoadIsSmall() async throws {
        try await ParleyWorker.with { worker in
            try await Browser.with { browser in
                try await browser.openPage(worker.url)
                let entries = try await browser.value(
                    """
                    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
                        .filter((one) => !one.name.includes("/agent/"))
                        .map((one) => [new URL(one.name).pathname.slice(1), one.encodedBodySize])
                    """
                )
                let sizes = entries.arrayValue?.compactMap { $0.arrayValue } ?? []
                let total = sizes.compactMap { $0.last?.intValue }.reduce(0, +)
                let everything = PageAsset.all.map(\.bytes.count).reduce(0, +)
                print("First load: \(total) bytes in \(sizes.count) files; all files of the page: \(everything) bytes")
                // The icon is fetched when the browser likes to.
                #expect(sizes.count >= 9 && total > 40_000)
                #expect(total <= 60_000)

                // The second time, nothing is sent again.
                try await browser.reload()
                try await browser.waitUntilReady()
                let sent = "performance.getEntriesByType('resource').filter((one) => !one.name.includes('/agent/'))"
                let transferred = try await browser.value("\(sent).map((one) => one.transferSize)")
                #expect(transferred.arrayValue?.allSatisfy { ($0.intValue ?? .max) <= 300 } == true, "\(transferred)")
            }
        }
    }

    /// From the model's first piece of text to its pixels: the way through the worker is in it.
    @Test func theFirstTokenIsPaintedAtOnce() async throws {
        let answers = soak(50, otherwise: 20)
        let sent = Mutex<Date?>(nil)
        let responder: ModelServer.Responder = { _ in
            .text("First words, and some more of them.").delivered { delivery in
                delivery.pace = .milliseconds(20)
                delivery.sending = { if $0 == ModelServer.firstDelta { sent.withLock { $0 = Date() } } }
            }
        }
        // A task that is posted while a frame is made runs once it has been drawn.
        let watch = """
            window.painted = null;
            const known = document.querySelectorAll(".text").length;
            const observer = new MutationObserver(() => {
                if (!document.querySelectorAll(".text")[known]?.textContent) return;
                observer.disconnect();
                const channel = new MessageChannel();
                channel.port1.onmessage = () => { window.painted = Date.now(); };
                channel.port2.postMessage(null);
            });
            observer.observe(threads, { subtree: true, childList: true });
            """
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with { browser in
                    try await browser.openPage(worker.url)
                    var times: [Int] = []
                    for turn in 1...answers {
                        try await browser.run(watch)
                        try await browser.send("Talk")
                        try await browser.wait(for: "window.painted")
                        let painted = try #require(try await browser.value("painted").intValue)
                        let left = try #require(sent.withLock { $0 })
                        times.append(painted - Int(left.timeIntervalSince1970 * 1000))
                        try await browser.waitForTurns(turn)
                    }
                    times.sort()
                    let median = times[answers / 2]
                    print(
                        """
                        From the model's first piece to the page's first paint of it, \(answers) answers, ms: \
                        median \(median), p90 \(times[answers * 9 / 10]), most \(times[answers - 1])
                        """
                    )
                    #expect(median <= 50)
                }
            }
        }
    }
}

import Agent
import Foundation
import TestSupport
import Testing

/// Answers that would do harm if they could.
@Suite(.timeLimit(.minutes(3))) struct HostileAnswerTests {
    private static let hostile = """
        <img src=x onerror="window.harmed = 1"> <script>window.harmed = 2</script>

        [click](javascript:window.harmed=3) and [data](data:text/html,<script>window.harmed=4</script>)

        **bold <b onmouseover="window.harmed = 5">x</b>**, `code <svg onload=window.harmed=6>` and [a page](https://example.com/?q=1)

        ```html
        <iframe srcdoc="<script>parent.harmed = 7</script>"></iframe>
        ```

        - safe\u{202E}txt.exe\u{202D} \u{2067}after
        - the next one reads \u{5E9}\u{5DC}\u{5D5}\u{5DD} from left to right
        """

    @Test(arguments: Browser.Device.allCases)
    func markupIsShownAsText(device: Browser.Device) async throws {
        try await ModelServer.serving({ _ in .text(Self.hostile) }) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with(device) { browser in
                    try await browser.openPage(worker.url)
                    // What a user types is no better.
                    try await browser.send("<img src=x onerror=harmed=8>\u{202E}")
                    try await browser.waitForTurns(1)
                    try await expectHarmless(browser)
                    try await browser.screenshot("hostile")
                    try await browser.reload()
                    try await browser.waitUntilReady()
                    try await browser.waitForTurns(1)
                    try await expectHarmless(browser)
                }
            }
        }
    }

    private func expectHarmless(_ browser: Browser) async throws {
        #expect(try await browser.value("window.harmed ?? null") == .null)
        #expect(try await browser.count("#threads :is(img, script, svg, iframe, b, [onmouseover], [style])") == 0)
        let text = try await browser.lastText(".text")
        #expect(text.contains("<img src=x onerror=\"window.harmed = 1\"> <script>window.harmed = 2</script>"))
        #expect(text.contains("[click](javascript:window.harmed=3)"))
        #expect(text.contains("<iframe srcdoc="))
        let links = try await browser.value("[...document.querySelectorAll('#threads a')].map((a) => [a.href, a.rel])")
        #expect(links == [["https://example.com/?q=1", "noopener noreferrer nofollow"]])
        // Marks that turn the direction end with the block that they are in.
        let directions = "[...document.querySelectorAll('.text li, .prompt')].map((one) => one.getAttribute('dir'))"
        #expect(try await browser.value(directions) == ["auto", "auto", "auto"])
        let names = "[...document.querySelectorAll('.link > *, .subject')].every((one) => one.nodeName === 'BDI')"
        #expect(try await browser.value(names) == true)
        #expect(try await browser.complaints() == [])
    }

    @Test(arguments: Browser.Device.allCases)
    func aMillionCharactersLeaveThePageResponsive(device: Browser.Device) async throws {
        let line = String(repeating: "One line without an end, *and* `more`. ", count: 6_500)
        let lines = (0..<12_500).map { "- item \($0) of a list" }.joined(separator: "\n")
        let code = "```\n" + (0..<12_500).map { "let x\($0) = \($0)" }.joined(separator: "\n") + "\n```"
        let text = [line, lines, code, String(repeating: "x", count: 250_000), "The end."].joined(separator: "\n\n")
        let responder: ModelServer.Responder = { _ in .text(text).delivered { $0.deltaLength = 2_000 } }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with(device) { browser in
                    try await browser.openPage(worker.url)
                    try await browser.run(
                        """
                        window.gaps = [];
                        let last = performance.now();
                        const frame = (now) => { gaps.push(now - last); last = now; requestAnimationFrame(frame); };
                        requestAnimationFrame(frame);
                        """
                    )
                    let start = ContinuousClock.now
                    try await browser.send("Talk")
                    try await browser.waitForTurns(1, within: 60)
                    try await browser.wait(
                        for: "[...document.querySelectorAll('.text > *')].at(-1).textContent === 'The end.'"
                    )
                    let time = ContinuousClock.now - start
                    let gaps = try await browser.value("gaps.sort((a, b) => b - a).slice(0, 3).map(Math.round)")
                    let longest = gaps.arrayValue?.compactMap(\.intValue) ?? []
                    print("\(text.count) characters drawn after \(time); longest gaps between frames: \(longest) ms")
                    // Work that blocks the page would do so again and again; a machine that stands still does not.
                    #expect(longest.count == 3 && longest[2] < 1_000 && longest[0] < 5_000)
                    // The page takes what is typed, and shows the end.
                    try await browser.type("still here", into: "#prompt")
                    #expect(try await browser.value("document.querySelector('#prompt').value") == "still here")
                    #expect(
                        try await browser.value(
                            "scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60"
                        ) == true
                    )
                    try await browser.screenshot("a-million-characters")
                }
            }
        }
    }
}

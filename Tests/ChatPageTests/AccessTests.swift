import Agent
import Foundation
import TestSupport
import Testing

/// What WCAG 2.2 AA asks for, as far as it can be measured.
@Suite(.timeLimit(.minutes(3))) struct AccessTests {
    /// Texts whose contrast to what is behind them is below 4.5, or below 3 for large ones.
    private static let faint = """
        const parts = (color) => color.match(/[\\d.]+/g).map(Number);
        const luminance = (color) => {
            const [r, g, b] = parts(color).slice(0, 3).map((value) => {
                const share = value / 255;
                return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = (node) => {
            for (; node; node = node.parentElement) {
                const color = getComputedStyle(node).backgroundColor;
                if ((parts(color)[3] ?? 1) === 1) return color;
            }
            return "rgb(255, 255, 255)";
        };
        const faint = [];
        for (const node of document.body.querySelectorAll("*")) {
            const style = getComputedStyle(node);
            const hasText = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
            if (!hasText || node.disabled || !node.checkVisibility({ visibilityProperty: true })) continue;
            const pair = [luminance(style.color), luminance(ground(node))].sort((a, b) => b - a);
            const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
            const size = parseFloat(style.fontSize);
            const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
            if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${node.nodeName}.${node.className} ${ratio.toFixed(2)}`);
        }
        return faint;
        """

    @Test(arguments: Browser.Device.allCases, ["light", "dark"])
    func everyTextCanBeRead(device: Browser.Device, scheme: String) async throws {
        let story: ModelServer.Answer = .toolUse([
            ("t1", "taiga_create_user_story", ["subject": "Login", "idempotency_key": "a"]),
            ("t2", "taiga_get_user_story", ["user_story": 1]),
        ])
        let words = ModelServer.Answer.text(
            "# Done\n\nSee `code`, [a page](https://example.com)\n\n```\nlet x = 1\n```"
        )
        try await ModelServer.serving(script: [story, words]) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with(device) { browser in
                    try await browser.prefer("prefers-color-scheme", scheme)
                    try await browser.openPage(worker.url)
                    #expect(try await browser.run(Self.faint) == [])
                    try await browser.send("Make a story")
                    try await browser.waitForTurns(1)
                    #expect(try await browser.count(".card") == 1)
                    try await browser.screenshot("read-\(scheme)")
                    try await browser.send("Fail")
                    try await browser.wait(for: "document.querySelector('.problem')")
                    #expect(try await browser.run(Self.faint) == [])
                    try await browser.openMenu()
                    #expect(try await browser.run(Self.faint) == [])
                    try await browser.screenshot("problem-\(scheme)")
                }
            }
        }
    }

    @Test(arguments: Browser.Device.allCases)
    func everyControlHasANameAndRoomForAFinger(device: Browser.Device) async throws {
        try await ParleyWorker.with { worker in
            try await Browser.with(device) { browser in
                try await browser.openPage(worker.url)
                try await browser.send("Create tasks for Alex")
                try await browser.waitForTurns(1)
                var names = try await browser.names(of: "#main :is(button, input, select, textarea, summary)")
                try await browser.openMenu()
                names += try await browser.names(of: "#side :is(button, input, select, textarea, summary)")
                #expect(names.count >= 8)
                #expect(names.allSatisfy { !$0.trimmingCharacters(in: .whitespaces).isEmpty }, "\(names)")
                let small = try await browser.value(
                    """
                    [...document.querySelectorAll("button, select, textarea, summary")]
                        .filter((one) => one.checkVisibility({ visibilityProperty: true }))
                        .filter((one) => one.offsetWidth < 24 || one.offsetHeight < 38).map((one) => one.id || one.className)
                    """
                )
                #expect(small == [])
                // Nothing is wider than the screen.
                #expect(try await browser.value("document.documentElement.scrollWidth <= innerWidth") == true)
            }
        }
    }

    @Test func theKeyboardIsEnough() async throws {
        try await ParleyWorker.with { worker in
            try await Browser.with(.desktop) { browser in
                try await browser.openPage(worker.url)
                #expect(try await browser.value("document.activeElement.id") == "prompt")
                try await browser.press("Create tasks for Alex")
                try await browser.press("\u{E004}")
                #expect(try await browser.value("document.activeElement.id") == "send")
                #expect(try await browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid")
                try await browser.press("\u{E007}")
                try await browser.waitForTurns(1)
                // The focus is not lost with the button that had it.
                #expect(try await browser.value("document.activeElement.id") == "send")
                // Back to the tool's card, and open it.
                try await browser.run("document.querySelector('summary').focus()")
                try await browser.press("\u{E007}")
                #expect(try await browser.value("document.querySelector('details').open") == true)
            }
        }
    }

    @Test func aDrawerTakesTheFocusAndGivesItBack() async throws {
        try await ParleyWorker.with { worker in
            try await Browser.with(.phone) { browser in
                try await browser.openPage(worker.url)
                try await browser.openMenu()
                #expect(try await browser.value("main.inert && menu.getAttribute('aria-expanded') === 'true'") == true)
                try await browser.press("\u{E00C}")
                #expect(try await browser.value("document.activeElement.id") == "menu")
                #expect(try await browser.value("main.inert || menu.getAttribute('aria-expanded') === 'true'") == false)
            }
        }
    }

    @Test func whoCannotSeeIsToldOncePerAnswer() async throws {
        let text = (0..<40).map { "word \($0) " }.joined()
        let responder: ModelServer.Responder = { _ in .text(text).delivered { $0.pace = .milliseconds(5) } }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with { browser in
                    try await browser.prefer("prefers-reduced-motion", "reduce")
                    try await browser.openPage(worker.url)
                    try await browser.run(
                        """
                        window.told = [];
                        new MutationObserver(() => told.push(said.textContent)).observe(said, { childList: true });
                        """
                    )
                    try await browser.send("Talk")
                    try await browser.wait(for: "document.querySelector('.text')")
                    #expect(
                        try await browser.value("getComputedStyle(document.querySelector('.state')).animationName")
                            == "none"
                    )
                    try await browser.waitForTurns(1)
                    #expect(try await browser.value("told") == [.string("Parley: " + text)])
                    #expect(try await browser.count("#threads :is([aria-live], [role=log], [role=status])") == 0)
                }
            }
        }
    }
}

import Agent
import Foundation
import TestSupport
import Testing

/// Conversations on the page, in a real browser, with the real service.
@Suite(.timeLimit(.minutes(5))) struct ConversationTests {
    @Test(arguments: Browser.Device.allCases)
    func theExampleOfTheRequirementsIsPlayedThrough(device: Browser.Device) async throws {
        try await ParleyWorker.with { worker in
            try await Browser.with(device) { browser in
                try await browser.openPage(worker.url)
                try await browser.screenshot("welcome")

                try await browser.send("Create tasks for Alex")
                try await browser.waitForTurns(1)
                #expect(try await browser.lastText(".text").contains("Which one?"))
                #expect(try await browser.count(".tool[data-state=ok]") == 1)
                try await browser.screenshot("which-alex")

                try await browser.send("Alex Smith")
                try await browser.waitForTurns(2)
                #expect(try await browser.lastText(".text").hasPrefix("Created 3 tasks for Alex Smith"))
                try await expectThreeTasks(browser)
                try await browser.screenshot("three-tasks")

                // A reload loses nothing, and the conversation goes on.
                try await browser.reload()
                try await browser.waitUntilReady()
                try await browser.waitForTurns(2)
                #expect(
                    try await browser.value("[...document.querySelectorAll('.prompt')].map((one) => one.innerText)")
                        == ["Create tasks for Alex", "Alex Smith"]
                )
                try await expectThreeTasks(browser)
                try await browser.screenshot("reloaded")
                try await browser.send("Create a user story called Login page")
                try await browser.waitForTurns(3)
                #expect(try await browser.lastText(".card").contains("Login page"))
                #expect(try await browser.lastText(".card .kind") == "User story")
                #expect(try await browser.complaints() == [])
            }
        }
    }

    private func expectThreeTasks(_ browser: Browser) async throws {
        let cards = try await browser.value("[...document.querySelectorAll('.card')].map((one) => one.innerText)")
        let texts = cards.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(texts.count == 3)
        for text in texts { #expect(text.wholeMatch(of: /Task\s+#\d+\s+\S[^\n]*\s+id \d+/) != nil, "\(text)") }
    }

    @Test(arguments: Browser.Device.allCases)
    func anotherConversationIsBegunAndTheFirstFoundAgain(device: Browser.Device) async throws {
        try await ParleyWorker.with { worker in
            try await Browser.with(device) { browser in
                try await browser.openPage(worker.url)
                try await browser.send("Create tasks for Alex")
                try await browser.waitForTurns(1)
                try await browser.click("#new")
                try await browser.wait(
                    for: "!document.querySelector('.turn') && document.activeElement.id === 'prompt'"
                )
                try await browser.send("Who is there?")
                try await browser.waitForTurns(1)

                try await browser.openMenu()
                try await browser.wait(for: "document.querySelectorAll('#conversations li').length === 2")
                try await browser.screenshot("conversations")
                try await browser.click("#conversations li:nth-child(2) .link")
                try await browser.wait(for: "document.querySelector('.prompt').innerText === 'Create tasks for Alex'")
                try await browser.send("Alex Kim")
                try await browser.waitForTurns(2)
                #expect(try await browser.count(".card") == 3)

                // Another tab, or another day: the list is the browser's, what was said the service's.
                try await browser.run("sessionStorage.clear()")
                try await browser.reload()
                try await browser.waitUntilReady()
                #expect(try await browser.count(".turn") == 0)
                try await browser.openMenu()
                try await browser.click("#conversations li:nth-child(1) .link")
                try await browser.waitForTurns(2)
                #expect(try await browser.count(".card") == 3)
                #expect(try await browser.complaints() == [])
            }
        }
    }

    @Test(arguments: Browser.Device.allCases)
    func aRunIsStopped(device: Browser.Device) async throws {
        let never = EventCount()
        let responder: ModelServer.Responder = { _ in
            .text("I begin, and never end.").delivered { $0.holdBefore[ModelServer.firstDelta + 1] = never }
        }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with(device) { browser in
                    try await browser.openPage(worker.url)
                    try await browser.send("Go on for ever")
                    try await browser.wait(for: "document.querySelector('.text')?.innerText.startsWith('I begin')")
                    try await browser.screenshot("under-way")
                    try await browser.click("#stop")
                    try await browser.wait(for: "document.querySelector('.problem')")
                    await model.aborted.wait()
                    #expect(try await browser.lastText(".problem p") == "Stopped. Nothing was done.")
                    #expect(try await browser.value("document.querySelector('#send').hidden") == false)
                    try await browser.screenshot("stopped")
                }
            }
        }
    }

    @Test func anErrorIsToldInWordsAndTheMessageSentAgain() async throws {
        let refusal = ModelServer.Answer.error(400, "invalid_request_error")
        try await ModelServer.serving(script: [refusal, .text("Better now.")]) { model in
            try await ParleyWorker.with(model.settings) { worker in
                try await Browser.with { browser in
                    try await browser.openPage(worker.url)
                    try await browser.send("Hello")
                    try await browser.wait(for: "document.querySelector('.problem')")
                    let text = try await browser.lastText(".problem")
                    #expect(text.hasPrefix("The language model could not answer. Nothing was done."))
                    #expect(text.contains("model-failed · request "))
                    #expect(
                        try await browser.value("document.querySelector('.problem').getAttribute('role')") == "alert"
                    )
                    try await browser.screenshot("error")
                    try await browser.click(".problem button")
                    try await browser.wait(for: "document.querySelector('.text')?.innerText === 'Better now.'")
                    try await browser.waitForTurns(1)
                    #expect(try await browser.count(".problem") == 0)
                }
            }
        }
    }
}

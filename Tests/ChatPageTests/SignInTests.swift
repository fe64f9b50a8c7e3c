import Agent
import Foundation
import TestSupport
import Testing

/// What the page offers to choose from, and who it asks to sign in.
@Suite(.timeLimit(.minutes(2))) struct SignInTests {
    private static let place = "Mobile App · Sprint 2"

    @Test(arguments: Browser.Device.allCases)
    func aUserSignsInAndChooses(device: Browser.Device) async throws {
        try await TaigaServer.serving { taiga in
            taiga.change { world in
                world.users[1].password = "canary-password"
                world.projects[1].milestones = []
            }
            try await ParleyWorker.with(["TAIGA_URL": taiga.url]) { worker in
                try await Browser.with(device) { browser in
                    try await browser.open(worker.url + "/")
                    try await refuseAnotherPassword(browser)
                    try await signIn(browser)
                    try await browser.wait(for: "project.options.length === 2 && !send.disabled")
                    let sprints = try await browser.value("[...milestone.options].map((one) => one.textContent)")
                    #expect(sprints == ["Sprint 2", "Sprint 1 (closed)"])
                    try await browser.openMenu()
                    // Without a sprint nothing can be asked for.
                    try await choose("1729876", in: "project", browser)
                    try await browser.wait(for: "place.textContent === 'Other' && send.disabled")
                    try await choose("1729875", in: "project", browser)
                    try await browser.wait(for: "place.textContent === '\(Self.place)' && !send.disabled")
                    if device == .phone { try await browser.click("#close") }
                    try await browser.send("Create a user story called Login page")
                    try await browser.waitForTurns(1)
                    let story = try #require(taiga.world.stories.first)

                    try await browser.openMenu()
                    try await choose("499548", in: "milestone", browser)
                    try await browser.wait(for: "story.options.length === 2")
                    try await choose(String(story.id), in: "story", browser)
                    let place = "\(Self.place) · #\(story.ref) Login page"
                    try await browser.wait(for: "place.textContent === '\(place)'")
                    try await browser.screenshot("choices")

                    // Neither the password nor tokens are kept: a reload asks again, and what was chosen and said is
                    // there again.
                    let kept = try await browser.value("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
                    let text = try #require(kept.stringValue)
                    #expect(!text.contains("canary") && !text.contains("eyJ") && text.contains(String(story.id)))
                    try await browser.reload()
                    try await browser.wait(for: "document.querySelector('dialog')?.open")
                    #expect(try await browser.count(".turn") == 0)
                    try await signIn(browser)
                    try await browser.waitForTurns(1)
                    try await browser.wait(for: "place.textContent === '\(place)'")
                    #expect(try await browser.complaints() == [])
                }
            }
        }
    }

    @Test func whoseTokenHasExpiredSignsInAgainAndGoesOn() async throws {
        try await TaigaServer.serving { taiga in
            taiga.change { $0.users[1].password = "canary-password" }
            try await ParleyWorker.with(["TAIGA_URL": taiga.url]) { worker in
                try await Browser.with { browser in
                    try await browser.open(worker.url + "/")
                    try await browser.wait(for: "document.querySelector('dialog')?.open")
                    try await signIn(browser)
                    try await browser.wait(for: "place.textContent === '\(Self.place)' && story.options.length === 1")
                    taiga.change { $0.expireAccessTokens() }
                    try await choose("499547", in: "milestone", browser)
                    try await browser.wait(for: "document.querySelector('dialog')?.open")
                    // No story of the sprint before is offered for this one.
                    #expect(try await browser.value("story.options.length") == 0)
                    try await signIn(browser)
                    try await browser.wait(for: "story.options.length === 1 && !send.disabled")
                    try await browser.send("Create tasks for Alex")
                    try await browser.waitForTurns(1)
                    #expect(try await browser.lastText(".text").contains("Which one?"))
                }
            }
        }
    }

    @Test func overTheSandboxItIsProposedWhereToBegin() async throws {
        try await ParleyWorker.with { worker in
            try await Browser.with { browser in
                try await browser.openPage(worker.url)
                try await browser.wait(for: "place.textContent === '\(Self.place)' && story.options.length === 3")
                let stories = try await browser.value("[...story.options].map((one) => one.textContent)")
                #expect(stories.arrayValue?.contains("#1 Sign in with e-mail and password") == true)
                #expect(try await browser.value("user.textContent") == "jdlafond")
                #expect(try await browser.count("dialog") == 0)
                #expect(try await browser.complaints() == [])
            }
        }
    }

    private func refuseAnotherPassword(_ browser: Browser) async throws {
        try await browser.wait(for: "document.querySelector('dialog')?.open")
        try await browser.screenshot("sign-in")
        try await browser.type("jdlafond", into: "#username")
        try await browser.type("canary-wrong\u{E007}", into: "#password")
        try await browser.wait(for: "!document.querySelector('dialog .problem').hidden")
        #expect(try await browser.lastText("dialog .problem") == "Name or password is wrong.")
        let complaints = try await browser.complaints()
        #expect(complaints.count == 1 && complaints[0].contains("/agent/login"))
        try await browser.run("username.value = password.value = ''")
    }

    private func signIn(_ browser: Browser) async throws {
        try await browser.type("jdlafond", into: "#username")
        try await browser.type("canary-password", into: "#password")
        try await browser.click("dialog .main")
        try await browser.wait(for: "!document.querySelector('dialog')")
    }

    private func choose(_ value: String, in select: String, _ browser: Browser) async throws {
        try await browser.run(
            "\(select).value = '\(value)'; \(select).dispatchEvent(new Event('change', { bubbles: true }))"
        )
    }
}

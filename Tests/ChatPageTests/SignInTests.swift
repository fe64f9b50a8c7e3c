import Agent
import Foundation
import TestSupport
import Testing

/// The page of a service that wants to know who uses it. nginx stands in for the routes that say who and what there is.
@Suite(.timeLimit(.minutes(2))) struct SignInTests {
    private static let routes: [(path: String, answer: String)] = [
        ("/agent/setup", #"{"sign_in":"taiga","user":null,"project_id":null,"milestone_id":null}"#),
        (
            "/agent/login",
            #"{"auth_token":"canary-token","refresh":"canary-refresh","user":{"id":738718,"username":"jdlafond","#
                + #""email":"jdlafond@asu.edu","roles":["Product Owner"]}}"#
        ),
        ("/agent/projects", #"{"projects":[{"id":1,"name":"Other"},{"id":1729875,"name":"Web shop"}]}"#),
        ("/agent/projects/1/milestones", #"{"milestones":[]}"#),
        (
            "/agent/projects/1729875/milestones",
            #"{"milestones":[{"id":7,"name":"Sprint 4","closed":true},{"id":499548,"name":"Sprint 5","closed":false}]}"#
        ),
        ("/agent/projects/1729875/user_stories", #"{"user_stories":[{"id":9100001,"ref":1,"subject":"Login page"}]}"#),
    ]

    private static func withRoutes(_ configuration: String) -> String {
        let locations = routes.map { route in
            "location = \(route.path) { default_type application/json; return 200 '\(route.answer)'; }"
        }
        let place = "location = /agent/run {"
        return configuration.replacingOccurrences(of: place, with: locations.joined(separator: "\n") + "\n" + place)
    }

    @Test(arguments: Browser.Device.allCases)
    func aUserSignsInAndChooses(device: Browser.Device) async throws {
        try await ParleyWorker.with { worker in
            try await Nginx.with(workers: [worker.port], editing: Self.withRoutes) { nginx in
                try await Browser.with(device) { browser in
                    try await browser.open(nginx.url + "/")
                    try await browser.wait(for: "document.querySelector('dialog')?.open")
                    try await browser.screenshot("sign-in")
                    try await signIn(browser)
                    // Without a sprint nothing can be asked for.
                    try await browser.wait(for: "project.options.length === 2 && send.disabled")
                    try await browser.openMenu()
                    try await choose("1729875", in: "project", browser)
                    try await browser.wait(for: "!send.disabled && story.options.length === 2")
                    let sprints = try await browser.value("[...milestone.options].map((one) => one.textContent)")
                    #expect(sprints == ["Sprint 5", "Sprint 4 (closed)"])
                    try await choose("9100001", in: "story", browser)
                    try await browser.wait(for: "place.textContent === 'Web shop · Sprint 5 · #1 Login page'")
                    try await browser.screenshot("choices")
                    if device == .phone { try await browser.click("#close") }
                    try await browser.send("Create tasks for Alex")
                    try await browser.waitForTurns(1)

                    // Tokens are not kept: a reload asks again, and what was chosen and said is there again.
                    let kept = try await browser.value("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
                    #expect(
                        kept.stringValue?.contains("canary") == false && kept.stringValue?.contains("9100001") == true
                    )
                    try await browser.reload()
                    try await browser.wait(for: "document.querySelector('dialog')?.open")
                    #expect(try await browser.count(".turn") == 0)
                    try await signIn(browser)
                    try await browser.waitForTurns(1)
                    try await browser.wait(for: "place.textContent === 'Web shop · Sprint 5 · #1 Login page'")
                    #expect(try await browser.complaints() == [])
                }
            }
        }
    }

    private func signIn(_ browser: Browser) async throws {
        try await browser.type("jdlafond", into: "#username")
        try await browser.type("secret", into: "#password")
        try await browser.click("dialog .main")
        try await browser.wait(for: "!document.querySelector('dialog')")
    }

    private func choose(_ value: String, in select: String, _ browser: Browser) async throws {
        try await browser.run(
            "\(select).value = '\(value)'; \(select).dispatchEvent(new Event('change', { bubbles: true }))"
        )
    }
}

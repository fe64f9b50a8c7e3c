import Agent
import TestSupport
import WebClient

/// The chat page, as its user sees it.
extension Browser {
    /// Opens the page and waits until a prompt can be sent.
    func openPage(_ url: String) async throws {
        try await open(url + "/")
        try await waitUntilReady()
    }

    func waitUntilReady() async throws {
        try await wait(for: "!document.querySelector('#send').disabled")
    }

    /// Types a prompt and sends it, as is done on the device.
    func send(_ prompt: String) async throws {
        let enter = device == .desktop ? "\u{E007}" : ""
        try await type(prompt + enter, into: "#prompt")
        if device == .phone { try await click("#send") }
    }

    /// Shows the conversations and choices, where they are not always there.
    func openMenu() async throws {
        guard device == .phone else { return }
        try await click("#menu")
        try await wait(for: "getComputedStyle(side).translate === 'none' && document.activeElement.id === 'close'")
    }

    /// Waits until so many turns are there and none is under way.
    func waitForTurns(_ count: Int, within seconds: Int = 30) async throws {
        try await wait(
            for: "document.querySelectorAll('.turn').length === \(count) && document.querySelector('#stop').hidden "
                + "&& [...document.querySelectorAll('.answer')].every((one) => one.getAttribute('aria-busy') !== 'true')",
            within: seconds
        )
        try await waitForFrame()
    }

    /// The names that the elements have for who cannot see them.
    func names(of selector: String) async throws -> [String] {
        let found = try await ask(.post, "/elements", ["using": "css selector", "value": .string(selector)])
        var names: [String] = []
        for element in found.arrayValue ?? [] {
            guard let id = element.objectValue?.values.first?.stringValue else { continue }
            guard try await ask(.get, "/element/\(id)/displayed") == true else { continue }
            names.append(try await ask(.get, "/element/\(id)/computedlabel").stringValue ?? "")
        }
        return names
    }

    /// Presses keys wherever the focus is.
    func press(_ keys: String) async throws {
        let focused = try await ask(.get, "/element/active").objectValue?.values.first?.stringValue ?? ""
        try await ask(.post, "/element/\(focused)/value", ["text": .string(keys)])
    }

    /// The text of the last of the elements.
    func lastText(_ selector: String) async throws -> String {
        try await value("[...document.querySelectorAll('\(selector)')].at(-1)?.innerText ?? ''").stringValue ?? ""
    }

    func count(_ selector: String) async throws -> Int {
        try await value("document.querySelectorAll('\(selector)').length").intValue ?? -1
    }
}

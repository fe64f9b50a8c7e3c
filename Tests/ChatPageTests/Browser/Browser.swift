import Agent
import Foundation
import Logging
import TestSupport
import WebClient

/// A Chromium without a window, driven over the W3C WebDriver protocol.
struct Browser: Sendable {
    /// What it pretends to be.
    enum Device: String, Sendable, CaseIterable {
        case phone
        case desktop

        fileprivate var metrics: JSONValue {
            switch self {
            case .phone: ["width": 390, "height": 844, "pixelRatio": 2, "mobile": true, "touch": true]
            case .desktop: ["width": 1280, "height": 800, "pixelRatio": 1, "mobile": false, "touch": false]
            }
        }
    }

    let device: Device
    private let web: WebClient
    private let driver: String
    /// The session's address.
    private let session: String

    /// Runs `use` with a browser that is closed when `use` is done. When `use` throws, a picture of the page is left
    /// and what it complained about is printed.
    static func with<Result: Sendable>(
        _ device: Device = .phone,
        _ use: (Browser) async throws -> Result
    ) async throws -> Result {
        // Chromium puts a socket below it, whose path may have no more than 107 bytes.
        let folder = try TemporaryDirectory("b")
        let port = try FreePort.reserve()
        let driver = try ChildProcess(
            "chromedriver",
            ["--port=\(port)"],
            environment: ["HOME": folder.path, "TMPDIR": folder.path],
            outputPath: folder.file("chromedriver.log")
        )
        let web = WebClient(logger: Logger(label: "browser") { _ in SwiftLogNoOpLogHandler() })
        let outcome: Swift.Result<Result, any Error>
        do {
            try await driver.waitUntilListening(on: port)
            outcome = .success(
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await web.run() }
                    defer { group.cancelAll() }
                    let browser = try await Browser(device, web, "http://127.0.0.1:\(port)")
                    return try await browser.closing(use)
                }
            )
        } catch {
            outcome = .failure(error)
        }
        await driver.stop()
        return try outcome.get()
    }

    private init(_ device: Device, _ web: WebClient, _ driver: String) async throws {
        self.device = device
        self.web = web
        self.driver = driver
        let options: JSONValue = [
            // Root gets no sandbox.
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            ],
            "mobileEmulation": ["deviceMetrics": device.metrics],
        ]
        let capabilities: JSONValue = [
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"],
            "timeouts": ["script": 60_000],
        ]
        let body: JSONValue = ["capabilities": ["alwaysMatch": capabilities]]
        let made = try await Self.ask(web, .post, driver + "/session", body)
        session = driver + "/session/" + (made["sessionId"]?.stringValue ?? "")
    }

    private func closing<Result>(_ use: (Browser) async throws -> Result) async throws -> Result {
        do {
            let result = try await use(self)
            _ = try await ask(.delete, "")
            return result
        } catch {
            try? await screenshot("failure-\(UUID().uuidString.prefix(8))")
            print("The page complained: \((try? await complaints()) ?? [])")
            _ = try? await ask(.delete, "")
            throw error
        }
    }

    // MARK: The protocol

    @discardableResult
    func ask(_ method: WebRequest.Method, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        try await Self.ask(web, method, session + path, body)
    }

    private static func ask(
        _ web: WebClient,
        _ method: WebRequest.Method,
        _ url: String,
        _ body: JSONValue?
    ) async throws -> JSONValue {
        let reply = try await web.reply(
            to: WebRequest(
                method,
                url,
                headers: ["content-type": "application/json; charset=utf-8"],
                body: method == .post ? (body ?? [:]).encoded() : [],
                deadline: .now + .seconds(90)
            )
        )
        let value = try JSONValue(parsing: reply.body)["value"] ?? .null
        guard reply.status == 200 else {
            let text = (value["message"]?.stringValue ?? "").split(separator: "\n").first.map(String.init) ?? ""
            throw ServerError("the browser says \(value["error"]?.stringValue ?? "nothing"): \(text)")
        }
        return value
    }

    func open(_ url: String) async throws { try await ask(.post, "/url", ["url": .string(url)]) }

    func reload() async throws { try await ask(.post, "/refresh") }

    /// What the statements of `script` return in the page.
    @discardableResult
    func run(_ script: String, _ arguments: [JSONValue] = []) async throws -> JSONValue {
        try await ask(.post, "/execute/sync", ["script": .string(script), "args": .array(arguments)])
    }

    /// The value of an expression in the page.
    func value(_ expression: String) async throws -> JSONValue { try await run("return (\(expression))") }

    /// Returns as soon as an expression is true in the page, which tells of its changes by itself.
    func wait(for expression: String, within seconds: Int = 30) async throws {
        let script = """
            const done = arguments[0];
            const holds = () => { try { return Boolean(\(expression)); } catch { return false; } };
            const end = (value) => { clearInterval(timer); clearTimeout(limit); observer.disconnect(); done(value); };
            const look = () => { if (holds()) end(true); };
            const observer = new MutationObserver(look);
            observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
            // For what changes without the document: fields, scrolling, time.
            const timer = setInterval(look, 20);
            const limit = setTimeout(end, \(seconds * 1000), false);
            look();
            """
        let holds = try await ask(.post, "/execute/async", ["script": .string(script), "args": []])
        guard holds == true else {
            let text = try await value("document.body.innerText").stringValue ?? ""
            throw ServerError("not within \(seconds) s: \(expression); the page says:\n\(text.suffix(2000))")
        }
    }

    /// Returns when the next frame has been drawn.
    func waitForFrame() async throws {
        let script = "const done = arguments[0]; requestAnimationFrame(() => setTimeout(done));"
        try await ask(.post, "/execute/async", ["script": .string(script), "args": []])
    }

    func click(_ selector: String) async throws {
        try await ask(.post, "/element/\(element(selector))/click")
    }

    /// Types into what `selector` finds; `\u{E007}` is Enter.
    func type(_ text: String, into selector: String) async throws {
        try await ask(.post, "/element/\(element(selector))/value", ["text": .string(text)])
    }

    private func element(_ selector: String) async throws -> String {
        let found = try await ask(.post, "/element", ["using": "css selector", "value": .string(selector)])
        return found.objectValue?.values.first?.stringValue ?? ""
    }

    /// Sets a media feature, such as `prefers-color-scheme`.
    func prefer(_ feature: String, _ value: String) async throws {
        let features: JSONValue = [["name": .string(feature), "value": .string(value)]]
        let command: JSONValue = ["cmd": "Emulation.setEmulatedMedia", "params": ["features": features]]
        try await ask(.post, "/goog/cdp/execute", command)
    }

    /// What the page has complained about since the last call.
    func complaints() async throws -> [String] {
        let entries = try await ask(.post, "/se/log", ["type": "browser"]).arrayValue ?? []
        return entries.compactMap { $0["message"]?.stringValue }
    }

    // MARK: Pictures

    /// Where pictures are left, for whoever wants to see what the tests saw.
    static let pictures = FileManager.default.currentDirectoryPath + "/.build/chat-page-screenshots"

    func screenshot(_ name: String) async throws {
        let picture = try await ask(.get, "/screenshot").stringValue ?? ""
        try FileManager.default.createDirectory(atPath: Self.pictures, withIntermediateDirectories: true)
        let path = Self.pictures + "/\(name)-\(device.rawValue).png"
        try Data(base64Encoded: picture)?.write(to: URL(fileURLWithPath: path))
        print("Picture: \(path)")
    }
}

import Agent
import Logging
import Synchronization
import TestSupport
import WebClient

@testable import Anthropic

/// Time that passes at once: what waits does not wait, and the clock goes on by so much. Notes every wait.
final class QuickTime: Sendable {
    private let waits = Mutex<(all: [Duration], sum: Duration)>(([], .zero))

    var all: [Duration] { waits.withLock { $0.all } }

    var pause: Pause {
        Pause(
            now: { .now + self.waits.withLock { $0.sum } },
            wait: { duration in
                self.waits.withLock { waits in
                    waits.all.append(duration)
                    waits.sum += duration
                }
                return !Task.isCancelled
            },
            secondsSince1970: { 0 }
        )
    }
}

/// What a model call tells while it runs.
final class Progress: Sendable {
    private let events = Mutex<[ModelProgress]>([])

    var all: [ModelProgress] { events.withLock { $0 } }

    /// The text that still counts.
    var text: String {
        all.reduce(into: "") { text, event in
            switch event {
            case .text(let more): text += more
            case .restarted: text = ""
            }
        }
    }

    func add(_ event: ModelProgress) { events.withLock { $0.append(event) } }
}

extension ModelRequest {
    static func greeting(
        until deadline: ContinuousClock.Instant = .now + .seconds(30),
        logger: Logger = .silent,
        progress: @escaping @Sendable (ModelProgress) -> Void = { _ in }
    ) -> ModelRequest {
        var conversation = Conversation()
        conversation.append(user: "Hi")
        return ModelRequest(
            system: "s",
            tools: [],
            conversation: conversation,
            committedMessages: 0,
            deadline: deadline,
            logger: logger,
            progress: progress
        )
    }
}

extension ModelAnswer {
    /// What it says, its blocks of text joined.
    var text: String { blocks.reduce(into: "") { if case .text(let more) = $1 { $0 += more } } }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension AnthropicClient {
    init(of server: ModelServer, web: WebClient, key: Secret? = Secret("key-1"), retries: Int = 2, pause: Pause = .real)
    {
        var settings = AnthropicSettings(key: key)
        settings.baseURL = server.url + "/base"
        settings.maxRetries = retries
        self.init(settings: settings, web: web, pause: pause)
    }
}

func withWeb<Result: Sendable>(_ use: (WebClient) async throws -> Result) async throws -> Result {
    let web = WebClient(logger: .silent)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await web.run() }
        defer { group.cancelAll() }
        return try await use(web)
    }
}

func withClient<Result: Sendable>(
    of server: ModelServer,
    key: Secret? = Secret("key-1"),
    pause: Pause = .real,
    _ use: (AnthropicClient) async throws -> Result
) async throws -> Result {
    try await withWeb { try await use(AnthropicClient(of: server, web: $0, key: key, pause: pause)) }
}

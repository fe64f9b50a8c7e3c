import Agent
import Logging
import Synchronization
import TestSupport
import WebClient

@testable import Taiga

/// The requester of the requirements' example, and the others of the stand-in's demo.
enum Users {
    static let requester = 738_718
    static let smith = 738_801
    static let stakeholder = 738_904
    static let outsider = 738_905
}

/// A Taiga stand-in with the tools that talk to it.
struct RESTStage: Sendable {
    let server: TaigaServer
    let taiga: TaigaConnection
    let pauses: Pauses
    let settings: TaigaSettings
    let web: WebClient

    var tools: TaigaTools { taiga.tools }

    /// A run of that user, who has just signed in.
    func run(
        as user: Int = Users.requester,
        project: Int = 1_729_875,
        milestone: Int = sprint,
        story: Int? = nil,
        with credentials: Credentials? = nil
    ) -> RunContext {
        RunContext(
            projectID: project,
            milestoneID: milestone,
            userStoryID: story,
            user: UserContext(id: user, username: "u", email: "u@example.com", roles: ["Back"]),
            credentials: credentials ?? server.signIn(user)
        )
    }
}

/// Waits that pass at once, and what they would have been.
final class Pauses: Sendable {
    private let state = Mutex<[Duration]>([])
    var all: [Duration] { state.withLock { $0 } }

    @Sendable func wait(_ duration: Duration) async -> Bool {
        state.withLock { $0.append(duration) }
        return !Task.isCancelled
    }
}

/// Runs a stand-in and a client for it for the length of `use`.
func withTaiga<Result: Sendable>(
    _ world: TaigaWorld = .demo(),
    logger: Logger = .quiet,
    _ configure: (inout TaigaSettings) -> Void = { _ in },
    _ use: (RESTStage) async throws -> Result
) async throws -> Result {
    try await TaigaServer.serving(world) { server in
        guard var settings = TaigaSettings(url: server.url) else { throw Unexpected(text: "bad url") }
        configure(&settings)
        let web = WebClient(logger: .quiet)
        let pauses = Pauses()
        let taiga = TaigaConnection(settings, web: web, logger: logger, pause: { await pauses.wait($0) })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await web.run() }
            defer { group.cancelAll() }
            return try await use(RESTStage(server: server, taiga: taiga, pauses: pauses, settings: settings, web: web))
        }
    }
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension ToolResult {
    /// Its text as JSON; `null` when it is none.
    var json: JSONValue { (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
}

extension RESTStage {
    /// Another worker's view of the same server: it remembers nothing of what the first one did.
    var other: RESTStage {
        RESTStage(
            server: server,
            taiga: TaigaConnection(settings, web: web, logger: .quiet),
            pauses: pauses,
            settings: settings,
            web: web
        )
    }
}

import Agent
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Taiga

/// What went wrong in earlier Taiga agents, each as a test. That a random idempotency key does not hide a repeated write
/// from the loop detection is tested where the loop is counted.
@Suite(.timeLimit(.minutes(1))) struct DefectTests {
    @Test("Stories with tags are listed, and created without an error")
    func tags() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            let made = await stage.tools.call(
                .next(ToolCall("taiga_create_user_story", ["subject": "x", "tags": ["A"]])),
                in: run
            )
            #expect(!made.isError && made.created.count == 1)
            let list = try await stage.tools.succeed("taiga_list_user_stories", in: run)
            #expect(list.column("user_stories", "tags") == [["a"]])
        }
    }

    @Test("A task needs no project_id")
    func projectID() async throws {
        try await withTaiga { stage in
            let story = stage.server.change { $0.add(.story, "P", to: 1_729_875) }
            let call = ToolCall("taiga_create_task", ["subject": "x", "user_story_id": .int(story.id)])
            #expect(await stage.tools.call(.next(call), in: stage.run()).created.count == 1)
            #expect(stage.server.world.tasks.map(\.projectID) == [1_729_875])
        }
    }

    @Test("More than the first 30 stories are seen")
    func pages() async throws {
        var world = TaigaWorld.demo()
        for number in 1...70 { world.add(.story, "S\(number)", to: 1_729_875) }
        try await withTaiga(world) { stage in
            let run = stage.run()
            let all = try await stage.tools.succeed("taiga_list_user_stories", ["limit": 100], in: run)
            #expect(all["user_stories"]?.arrayValue?.count == 70)
            let first = try await stage.tools.succeed("taiga_list_user_stories", in: run)
            #expect(first["note"]?.stringValue?.contains("30 of 70") == true)
        }
    }

    @Test("Results are JSON, and what was created is told apart from what the model says")
    func results() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            for call in [ToolCall("taiga_get_project"), ToolCall("taiga_create_task", ["subject": "x"])] {
                let result = await stage.tools.call(.next(call), in: run)
                #expect(result.json.objectValue != nil)
                #expect(result.created.isEmpty == (call.name == "taiga_get_project"))
            }
        }
    }

    @Test("Unknown arguments create nothing")
    func unknownArguments() async throws {
        try await withTaiga { stage in
            for name in ["story_id", "userStoryId", "user_story"] {
                let arguments: JSONValue = .object(["subject": "x", name: 7])
                let text = try await stage.tools.refusal("taiga_create_task", arguments, in: stage.run())
                #expect(text.contains("\(name): unknown argument"))
            }
            #expect(!stage.server.requests.contains { $0.isWrite })
        }
    }

    @Test("A refresh leaves the client a pair that works")
    func refresh() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            stage.server.change { $0.expireAccessTokens() }
            _ = await stage.tools.call(.next(ToolCall("taiga_get_project")), in: run)
            stage.server.change { $0.expireAccessTokens() }
            let pair = try #require(run.credentials.refreshed)
            let next = stage.other.run(with: pair)
            #expect(await !stage.other.tools.call(.next(ToolCall("taiga_get_project")), in: next).isError)
        }
    }

    @Test("No token is logged, nor told to the model, whatever happens")
    func tokens() async throws {
        let lines = Lines()
        var logger = Logger(label: "test") { _ in lines }
        logger.logLevel = .trace
        try await withTaiga(.demo(), logger: logger) { stage in
            let run = stage.run()
            var texts: [String] = []
            for fault in [nil, TaigaServer.Fault.cutAfter, .answer(.failed), .answer(.noSuchPath)] {
                stage.server.change { $0.expireAccessTokens() }
                stage.server.fail { $0.path.hasPrefix("/auth") ? nil : fault }
                for call in [ToolCall("taiga_get_project"), ToolCall("taiga_create_task", ["subject": "x"])] {
                    texts.append(await stage.tools.call(.next(call), in: run).text)
                }
            }
            #expect(lines.all.contains { $0.contains("Token refresh ended") })
            for text in lines.all + texts { #expect(!text.contains("canary") && !text.contains("eyJ")) }
        }
    }
}

/// Keeps what is logged, metadata included.
private struct Lines: LogHandler {
    private final class Store: Sendable {
        let lines = Mutex<[String]>([])
    }

    private let store = Store()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    var all: [String] { store.lines.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        store.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}

import Agent
import Testing

@testable import Taiga

@Suite struct WriteToolTests {
    let tools = TaigaSandbox().tools

    @Test("A story goes to the request's milestone, or where it is told, and is reported as created")
    func createStory() async throws {
        let result = await tools.call(
            ToolCall(
                "taiga_create_user_story",
                [
                    "subject": "  🚀 <b>x</b> ", "description": "**d**", "status": "ready", "assigned_to": "Alex Kim",
                    "tags": ["UPPER", "a,b", "upper"], "due_date": "2026-12-24", "idempotency_key": "k1",
                ]
            ),
            in: context()
        )
        let story = try JSONValue(parsing: Array(result.text.utf8))
        #expect(story["subject"] == "🚀 <b>x</b>" && story["status"] == "Ready" && story["version"] == 1)
        #expect(story["milestone"] == ["id": 499_548, "name": "Sprint 2"])
        #expect(story["assigned_to"]?["name"] == "Alex Kim" && story["tags"] == ["upper", "a,b"])
        #expect(story["due_date"] == "2026-12-24" && story["description"] == "**d**")
        let id = try #require(story["id"]?.intValue)
        #expect(result.created == [.userStory(id: id, ref: 7, subject: "🚀 <b>x</b>")])

        let backlog = try await tools.succeed("taiga_create_user_story", ["subject": "B", "milestone": .null])
        #expect(backlog["milestone"] == .null && backlog["status"] == "New" && backlog["ref"] == 8)
        let named = try await tools.succeed("taiga_create_user_story", ["subject": "C", "milestone": "Sprint 1"])
        #expect(named["milestone"]?["id"] == 499_547)
    }

    @Test("A task follows its story's milestone, and names the story in what it created")
    func createTask() async throws {
        let story = try await tools.succeed("taiga_get_user_story", ["ref": 6])
        let storyID = try #require(story["id"]?.intValue)
        let call = ToolCall("taiga_create_task", ["subject": "T", "user_story_ref": 6])
        let result = await tools.call(call, in: context())
        let task = try JSONValue(parsing: Array(result.text.utf8))
        #expect(task["milestone_id"] == .null && task["user_story"]?["ref"] == 6)
        #expect(
            result.created == [
                .task(
                    id: try #require(task["id"]?.intValue),
                    ref: 7,
                    subject: "T",
                    story: .init(id: storyID, subject: "Work without a connection")
                )
            ]
        )
        let byID = try await tools.succeed("taiga_create_task", ["subject": "T", "user_story_id": .int(storyID)])
        #expect(byID["user_story"] == task["user_story"])
    }

    @Test("Without a story a task goes to the request's story, or else to its milestone")
    func defaultStory() async throws {
        let loose = await tools.call(ToolCall("taiga_create_task", ["subject": "L"]), in: context())
        guard case .task(_, _, _, story: nil)? = loose.created.first else { throw Unexpected(text: loose.text) }
        #expect(try JSONValue(parsing: Array(loose.text.utf8))["milestone_id"] == 499_548)

        let story = try #require(try await tools.succeed("taiga_get_user_story", ["ref": 6])["id"]?.intValue)
        let within = try await tools.succeed("taiga_create_task", ["subject": "S"], in: context(story: story))
        #expect(within["user_story"]?["ref"] == 6)
        let outside = try await tools.succeed(
            "taiga_create_task",
            ["subject": "S", "user_story_id": .null],
            in: context(story: story)
        )
        #expect(outside["user_story"] == .null)
    }

    @Test(
        "Members are named by id or any name; several or none are listed",
        arguments: [
            (738_801, "Alex Smith"), ("alex.smith", "Alex Smith"), ("@Alex.Smith", "Alex Smith"),
            ("alex smith", "Alex Smith"), ("SMITH", "Alex Smith"), ("alex.smith@example.com", "Alex Smith"),
            ("me", "J. D. Lafond"), ("jdlafond", "J. D. Lafond"),
        ] as [(JSONValue, String)]
    )
    func assignees(key: JSONValue, name: String) async throws {
        let task = try await tools.succeed("taiga_create_task", ["subject": "x", "assigned_to": key])
        #expect(task["assigned_to"]?["name"] == .string(name))
    }

    @Test("An assignee that cannot be told is refused with the candidates")
    func unclearAssignees() async throws {
        let several = try await tools.refusal("taiga_create_task", ["subject": "x", "assigned_to": "alex"])
        for name in ["Alex Smith (id 738801", "Alex Jones (id 738802", "Alex Kim (id 738803"] {
            #expect(several.contains(name))
        }
        #expect(!several.contains("Lafond"))
        for key in ["Al", "Bob", "Alex Smith Jones", "@", " @ "] as [JSONValue] {
            let text = try await tools.refusal("taiga_create_task", ["subject": "x", "assigned_to": key])
            #expect(text.contains("there is no member") && text.contains("Alex Smith"))
        }
        #expect(
            try await tools.refusal("taiga_create_task", ["subject": "x", "assigned_to": 99]).contains(
                "no member id 99"
            )
        )
        let guest = try await tools.succeed(
            "taiga_create_task",
            ["subject": "x", "assigned_to": "me"],
            in: context(user: 5)
        )
        #expect(guest["assigned_to"] == ["id": 5, "name": "jdlafond"])
    }

    @Test("An update changes what it names and keeps the rest")
    func update() async throws {
        let before = try await tools.succeed("taiga_get_user_story", ["ref": 1])
        let after = try await tools.succeed(
            "taiga_update_user_story",
            ["ref": 1, "status": "Done", "append_description": "More.", "add_tags": ["New"], "due_date": "2026-12-01"]
        )
        #expect(after["version"] == 2 && after["status"] == "Done" && after["is_closed"] == true)
        #expect(after["description"]?.stringValue == (before["description"]?.stringValue ?? "") + "\n\nMore.")
        #expect(after["tags"] == ["login", "new"] && after["due_date"] == "2026-12-01")
        #expect(after["subject"] == before["subject"] && after["milestone"] == before["milestone"])

        let again = try await tools.succeed(
            "taiga_update_user_story",
            [
                "ref": 1, "description": "", "remove_tags": ["LOGIN"], "assigned_to": .null, "due_date": .null,
                "milestone": .null, "version": 2,
            ]
        )
        #expect(again["description"] == "" && again["tags"] == ["new"] && again["assigned_to"] == .null)
        #expect(again["due_date"] == nil && again["milestone"] == .null && again["version"] == 3)
        let tasks = try await tools.succeed("taiga_list_tasks", ["user_story_ref": 1])
        #expect(tasks.column("tasks", "milestone_id") == [.null, .null])

        let task = try await tools.succeed("taiga_update_task", ["ref": 2, "subject": " S ", "tags": ["x"]])
        #expect(task["subject"] == "S" && task["tags"] == ["x"] && task["version"] == 2)
    }

    @Test("A change that was based on another version is refused")
    func versions() async throws {
        let change: JSONValue = ["ref": 2, "subject": "x", "version": 1]
        _ = try await tools.succeed("taiga_update_task", change)
        #expect(try await tools.refusal("taiga_update_task", change).contains("at version 2, not 1"))
        #expect(
            try await tools.refusal("taiga_update_user_story", ["ref": 1, "subject": "x", "version": 9]).contains(
                "not 9"
            )
        )
    }

    @Test("An appended description stays within its limit")
    func appendLimit() async throws {
        let long = JSONValue.string(.init(repeating: "x", count: 9_999))
        _ = try await tools.succeed("taiga_update_task", ["ref": 2, "description": long])
        let text = try await tools.refusal("taiga_update_task", ["ref": 2, "append_description": "y"])
        #expect(text.contains("longer than 10000"))
    }

    @Test("Nothing reaches another project")
    func fence() async throws {
        for name in TaigaSandbox().tools.tools(for: context()).tools.map(\.name) {
            let arguments: JSONValue =
                switch name {
                case "taiga_get_user_story": ["ref": 1]
                case let name where name.contains("update"): ["ref": 1, "subject": "x"]
                case let name where name.contains("comment"): ["ref": 1, "comment": "x"]
                case "taiga_create_tasks": ["subjects": ["x"]]
                case let name where name.contains("create"): ["subject": "x"]
                default: [:]
                }
            #expect(try await tools.refusal(name, arguments, in: context(project: 42)).contains("was not found"))
            guard case .object(var members) = arguments else { continue }
            members["project_id"] = 42
            let text = try await tools.refusal(name, .object(members))
            #expect(text.contains("42 is not the project of this request"))
        }
        for arguments in [
            ["subject": "x", "user_story_id": 5], ["subject": "x", "user_story_ref": 2],
        ] as [JSONValue] {
            #expect(try await tools.refusal("taiga_create_task", arguments).contains("no user story"))
        }
        let foreign = context(milestone: 7)
        #expect(try await tools.refusal("taiga_create_task", ["subject": "x"], in: foreign).contains("milestone"))
        #expect(try await tools.refusal("taiga_create_user_story", ["subject": "x"], in: foreign).contains("milestone"))
        #expect(
            try await tools.refusal("taiga_create_user_story", ["subject": "x", "milestone": 7]).contains("milestone")
        )
        #expect(
            try await tools.refusal("taiga_create_task", ["subject": "x"], in: context(story: 3)).contains("no user")
        )
        #expect(try await tools.succeed("taiga_list_user_stories")["total"] == 3)
        #expect(try await tools.succeed("taiga_list_tasks")["total"] == 3)
    }
}

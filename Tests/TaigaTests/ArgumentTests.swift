import Agent
import Testing

@testable import Taiga

@Suite struct ArgumentTests {
    let tools = TaigaSandbox().tools

    @Test("Everything that is wrong is named at once, and nothing is written")
    func namesAll() async throws {
        let before = try await tools.succeed("taiga_list_tasks")["total"]
        let text = try await tools.refusal(
            "taiga_create_task",
            ["subjekt": "x", "user_story_id": -1, "due_date": "2026-02-30", "tags": "a,b", "assigned_to": .double(1.5)]
        )
        for part in [
            "subjekt: unknown argument", "subject: is required", "user_story_id: must be", "due_date: must be",
            "tags: must be", "assigned_to: must be", "Known arguments: subject",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        #expect(try await tools.succeed("taiga_list_tasks")["total"] == before)
    }

    @Test(
        "One bad argument, one clear refusal",
        arguments: [
            ("taiga_create_task", ["subject": ""], "subject: must not be empty"),
            ("taiga_create_task", ["subject": " \n\t"], "subject: must not be empty"),
            ("taiga_create_task", ["subject": "a\0b"], "subject: must not contain a NUL"),
            ("taiga_create_task", ["subject": .string(.init(repeating: "é", count: 501))], "subject: is too long: 501"),
            ("taiga_create_task", ["subject": 7], "subject: must be a string"),
            ("taiga_create_task", ["subject": .null], "subject: must be a string, not null"),
            ("taiga_create_task", ["subject": "x", "description": "a\0"], "description: must not contain a NUL"),
            (
                "taiga_create_task",
                ["subject": "x", "description": .string(.init(repeating: "x", count: 10_001))],
                "description: is too long"
            ),
            ("taiga_create_task", ["subject": "x", "user_story_id": "1"], "user_story_id: must be an integer"),
            ("taiga_create_task", ["subject": "x", "user_story_id": true], "user_story_id: must be an integer"),
            (
                "taiga_create_task", ["subject": "x", "user_story_id": 1, "user_story_ref": 2],
                "give one of them, not both"
            ),
            ("taiga_create_task", ["subject": "x", "assigned_to": 0], "assigned_to: must be an id"),
            ("taiga_create_task", ["subject": "x", "assigned_to": ""], "assigned_to: must not be empty"),
            ("taiga_create_task", ["subject": "x", "tags": ["a", 1]], "tags: must be an array"),
            ("taiga_create_task", ["subject": "x", "tags": ["a", ""]], "tags: element 1 must not be empty"),
            ("taiga_create_task", ["subject": "x", "due_date": "24.12.2026"], "due_date: must be a date"),
            ("taiga_create_task", ["subject": "x", "idempotency_key": 1], "idempotency_key: must be a string"),
            ("taiga_create_task", ["subject": "x", "milestone": 1], "milestone: unknown argument"),
            ("taiga_create_user_story", ["subject": "x", "milestone": .double(1.5)], "milestone: must be an id"),
            ("taiga_create_user_story", ["subject": "x", "user_story_id": 1], "user_story_id: unknown argument"),
            ("taiga_create_user_story", ["subject": "x", "status": .null], "status: must be an id"),
            ("taiga_get_project", ["x": 1], "x: unknown argument"),
            ("taiga_get_project", ["project_id": "1729875"], "project_id: must be an integer"),
            ("taiga_list_members", ["limit": 501], "limit: must be an integer from 1 to 500"),
            ("taiga_list_milestones", ["closed": "no"], "closed: must be true or false"),
            ("taiga_get_milestone", ["milestone": .null], "milestone: must be an id"),
            ("taiga_list_user_stories", ["limit": 0], "limit: must be an integer from 1 to 100"),
            ("taiga_list_user_stories", ["page": 0], "page: must be an integer of at least 1"),
            ("taiga_list_user_stories", ["q": ""], "q: must not be empty"),
            ("taiga_list_tasks", ["user_story_id": .null, "user_story_ref": 1], "give one of them, not both"),
            ("taiga_get_user_story", [:], "id, ref: one of them is required"),
            ("taiga_get_user_story", ["id": 1, "ref": 1], "give one of them, not both"),
            ("taiga_get_user_story", ["id": -5], "id: must be an integer of at least 1"),
            ("taiga_update_user_story", ["id": 1], "nothing to change"),
            ("taiga_update_user_story", ["subject": "x"], "id, ref: one of them is required"),
            ("taiga_update_task", ["ref": 1, "version": 2], "nothing to change"),
            ("taiga_update_task", ["ref": 2, "milestone": 1], "milestone: unknown argument"),
            ("taiga_update_task", ["ref": 2, "version": 0, "subject": "x"], "version: must be an integer"),
            (
                "taiga_update_task", ["ref": 2, "description": "a", "append_description": "b"],
                "description, append_description: give one of them"
            ),
            ("taiga_update_task", ["ref": 2, "tags": [], "add_tags": ["x"]], "tags: replaces all tags"),
        ] as [(String, JSONValue, String)]
    )
    func refuses(name: String, arguments: JSONValue, reason: String) async throws {
        let text = try await tools.refusal(name, arguments)
        #expect(text.contains(reason), "\(text)")
        #expect(text.hasPrefix(name))
    }

    @Test("Arguments that are no object, and tools that do not exist, are refused")
    func noObject() async {
        for input in ["[]", "nope", "", "null", #"{"a":1,"a":2}"#] {
            let call = ToolCall(id: "1", name: "taiga_get_project", input: Array(input.utf8))
            let result = await tools.call(call, in: context())
            #expect(result.isError && result.text.contains("one JSON object"))
        }
        #expect(await tools.call(ToolCall("taiga_delete_project"), in: context()).isError)
    }

    @Test("A whole number written as a fraction is an integer, as JSON Schema has it")
    func wholeNumbers() async throws {
        #expect(try await tools.succeed("taiga_get_user_story", ["ref": .double(1)])["ref"] == 1)
        #expect(try await tools.refusal("taiga_get_user_story", ["ref": .double(1e300)]).contains("ref: must be"))
    }

    @Test(
        "Days that exist are dates, others are not",
        arguments: [
            ("2026-12-24", true), ("2028-02-29", true), ("2026-02-29", false), ("2100-02-29", false),
            ("2000-02-29", true), ("2026-04-31", false), ("2026-13-01", false), ("2026-00-10", false),
            ("2026-01-00", false), ("0000-01-01", false), ("2026-1-01", false), ("+026-01-01", false),
            ("2026-01-01T", false), ("", false),
        ]
    )
    func dates(text: String, exists: Bool) { #expect((CalendarDate(text) != nil) == exists) }
}

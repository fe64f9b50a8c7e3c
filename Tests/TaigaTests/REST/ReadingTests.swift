import Agent
import TestSupport
import Testing

@testable import Taiga

@Suite(.timeLimit(.minutes(1))) struct ReadingTests {
    private func world() -> TaigaWorld {
        var world = TaigaWorld.demo()
        for number in 1...45 {
            world.add(.story, "Story \(number)", to: 1_729_875, milestone: number > 35 ? nil : sprint, tags: ["seed"])
        }
        for number in 1...3 { world.add(.task, "Task \(number)", to: 1_729_875, story: world.stories[0].id) }
        return world
    }

    private func read(_ stage: RESTStage, _ name: String, _ arguments: JSONValue = [:]) async throws -> JSONValue {
        try await stage.tools.succeed(name, arguments, in: stage.run())
    }

    @Test("The project, its members and its milestones")
    func project() async throws {
        try await withTaiga(world()) { stage in
            let project = try await read(stage, "taiga_get_project")
            #expect(project["name"] == "Mobile App" && project["member_count"] == 6)
            #expect(project.column("task_statuses", "id") == [201, 202, 203, 204, 205])
            let members = try await read(stage, "taiga_list_members", ["q": "alex"])
            #expect(members.column("members", "full_name") == ["Alex Smith", "Alex Jones", "Alex Kim"])
            #expect(members.column("members", "role") == ["Back", "Front", "UX"])
            let open = try await read(stage, "taiga_list_milestones", ["closed": false])
            #expect(open.column("milestones", "id") == [499_548] && open["total"] == 1)
            let second = try await read(stage, "taiga_list_milestones", ["limit": 1, "page": 2])
            #expect(second.column("milestones", "name") == ["Sprint 1"] && second["total"] == 2)
            let milestone = try await read(stage, "taiga_get_milestone")
            #expect(milestone["estimated_finish"] == "2026-12-04" && milestone["user_story_count"] == 35)
        }
    }

    @Test("All pages can be had, and one behind the last says how many there are")
    func pages() async throws {
        try await withTaiga(world()) { stage in
            var subjects: [JSONValue?] = []
            for page in 1...2 {
                let list = try await read(stage, "taiga_list_user_stories", ["page": .int(page)])
                #expect(list["total"] == 45)
                subjects += list.column("user_stories", "subject")
            }
            #expect(subjects == (1...45).map { .string("Story \($0)") })
            let past = try await read(stage, "taiga_list_user_stories", ["page": .int(.max)])
            #expect(past["user_stories"] == [] && past["total"] == 45)
            #expect(past["note"]?.stringValue?.contains("There is no page") == true)
        }
    }

    @Test("A number of items beyond all lists is not believed")
    func hostileTotal() async throws {
        var reply = TaigaServer.Reply.json(200, [])
        reply.headers.append(("x-pagination-count", "9223372036854775807"))
        let hostile = reply
        try await withTaiga { stage in
            stage.server.fail { $0.path == "/userstories" ? .answer(hostile) : nil }
            let list = try await read(stage, "taiga_list_user_stories")
            #expect(list["total"] == 0)
        }
    }

    @Test("Filters by name, by id and by nothing")
    func filters() async throws {
        try await withTaiga(world()) { stage in
            let expected: [(String, JSONValue, JSONValue)] = [
                ("taiga_list_user_stories", ["milestone": "sprint 2"], 35),
                ("taiga_list_user_stories", ["milestone": .null], 10), ("taiga_list_user_stories", ["q": "#45"], 1),
                ("taiga_list_user_stories", ["status": "Done"], 0),
                ("taiga_list_user_stories", ["assigned_to": .null, "status": 101], 45),
                ("taiga_list_tasks", ["user_story_ref": 1], 3), ("taiga_list_tasks", ["user_story_id": .null], 0),
                ("taiga_list_tasks", ["assigned_to": "me"], 0),
            ]
            for (name, filter, total) in expected {
                let list = try await read(stage, name, filter)
                #expect(list["total"] == total, "\(filter)")
            }
        }
    }

    @Test("A story by ref and by id, with tasks and tags; a task's ref names no story")
    func story() async throws {
        try await withTaiga(world()) { stage in
            let story = try await read(stage, "taiga_get_user_story", ["ref": 1])
            #expect(story["tags"] == ["seed"] && story["milestone"]?["name"] == "Sprint 2" && story["version"] == 1)
            #expect(story.column("tasks", "subject") == ["Task 1", "Task 2", "Task 3"])
            let id = try #require(story["id"])
            #expect(try await read(stage, "taiga_get_user_story", ["id": id]) == story)
            for wanted in [["ref": 46], ["ref": 999], ["id": 999_999]] as [JSONValue] {
                let text = try await stage.tools.refusal("taiga_get_user_story", wanted, in: stage.run())
                #expect(text.contains("There is no user story with"))
            }
        }
    }

    @Test("Answers are small: a line of a list costs the model a tenth of what Taiga sends")
    func size() async throws {
        try await withTaiga(world()) { stage in
            let list = try await read(stage, "taiga_list_user_stories", ["limit": 100])
            let bytes = list.encoded().count / 45
            print("bytes per story in a list: \(bytes)")
            #expect(bytes < 160)
        }
    }
}

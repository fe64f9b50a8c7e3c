import Agent
import Testing

@testable import Taiga

@Suite struct ReadToolTests {
    let tools = TaigaSandbox().tools

    @Test("The project tells its statuses and milestones")
    func project() async throws {
        let project = try await tools.succeed("taiga_get_project", ["project_id": 1_729_875])
        #expect(project["name"] == "Mobile App" && project["member_count"] == 4)
        #expect(
            project.column("user_story_statuses", "name")
                == ["New", "Ready", "In progress", "Ready for test", "Done", "Archived"]
        )
        #expect(
            project.column("task_statuses", "name") == ["New", "In progress", "Ready for test", "Closed", "Needs Info"]
        )
        #expect(project.column("milestones", "id") == [499_548, 499_547])
    }

    @Test("Members are found by any of their names; a requester who is none is a guest")
    func members() async throws {
        let all = try await tools.succeed("taiga_list_members")
        #expect(all.column("members", "full_name") == ["J. D. Lafond", "Alex Smith", "Alex Jones", "Alex Kim"])
        #expect(all["note"] == nil)
        let alexes = try await tools.succeed("taiga_list_members", ["q": "ALEX", "limit": 2])
        #expect(alexes["total"] == 3 && alexes["members"]?.arrayValue?.count == 2)
        #expect(alexes["note"]?.stringValue?.contains("2 of 3") == true)
        let guest = try await tools.succeed("taiga_list_members", in: context(user: 1))
        #expect(guest["total"] == 5)
        #expect(guest.column("members", "role").last == "Guest")
        #expect(try await tools.succeed("taiga_list_members")["total"] == 4)
    }

    @Test("Milestones, by id, by name and by default")
    func milestones() async throws {
        #expect(try await tools.succeed("taiga_list_milestones").column("milestones", "id") == [499_548, 499_547])
        #expect(try await tools.succeed("taiga_list_milestones", ["closed": true])["total"] == 1)
        let byDefault = try await tools.succeed("taiga_get_milestone")
        #expect(byDefault["id"] == 499_548 && byDefault["user_story_count"] == 2)
        #expect(byDefault["estimated_finish"] == "2026-12-04")
        #expect(try await tools.succeed("taiga_get_milestone", ["milestone": " sprint  1 "])["id"] == 499_547)
        #expect(try await tools.refusal("taiga_get_milestone", ["milestone": "Sprint 9"]).contains("Sprint 2 (499548)"))
        #expect(try await tools.refusal("taiga_get_milestone", ["milestone": 4]).contains("no id 4"))
    }

    @Test("Stories by every filter")
    func storyFilters() async throws {
        func refs(_ filter: JSONValue) async throws -> [JSONValue?] {
            try await tools.succeed("taiga_list_user_stories", filter).column("user_stories", "ref")
        }
        #expect(try await refs([:]) == [1, 4, 6])
        #expect(try await refs(["milestone": 499_548]) == [1, 4])
        #expect(try await refs(["milestone": .null]) == [6])
        #expect(try await refs(["status": "in PROGRESS"]) == [1])
        #expect(try await refs(["status": 102]) == [4])
        #expect(try await refs(["assigned_to": "alex.jones"]) == [4])
        #expect(try await refs(["assigned_to": .null]) == [6])
        #expect(try await refs(["assigned_to": "me"]) == [])
        #expect(try await refs(["q": "MEMBER"]) == [1])
        #expect(try await refs(["q": "#4"]) == [4])
        #expect(try await refs(["milestone": "Sprint 2", "status": "Ready", "q": "board"]) == [4])
        #expect(try await tools.refusal("taiga_list_user_stories", ["status": 201]).contains("New (101)"))
        #expect(try await tools.refusal("taiga_list_user_stories", ["assigned_to": "Alex"]).contains("Alex Kim (id"))
    }

    @Test("Tasks by every filter")
    func taskFilters() async throws {
        func refs(_ filter: JSONValue) async throws -> [JSONValue?] {
            try await tools.succeed("taiga_list_tasks", filter).column("tasks", "ref")
        }
        #expect(try await refs([:]) == [2, 3, 5])
        #expect(try await refs(["user_story_ref": 1]) == [2, 3])
        #expect(try await refs(["user_story_id": .null]) == [])
        #expect(try await refs(["status": "New"]) == [5])
        #expect(try await refs(["assigned_to": .int(alexSmith)]) == [3])
        #expect(try await refs(["milestone": .null]) == [])
        #expect(try await refs(["milestone": "Sprint 2", "q": "sign"]) == [2, 3])
        #expect(try await tools.refusal("taiga_list_tasks", ["user_story_id": 77]).contains("no user story with id 77"))
        #expect(try await tools.refusal("taiga_list_tasks", ["status": "Done"]).contains("Closed (204)"))
    }

    @Test("A story comes with its tasks, a list without descriptions")
    func story() async throws {
        let story = try await tools.succeed("taiga_get_user_story", ["ref": 1])
        #expect(story["version"] == 1 && story["description"]?.stringValue?.isEmpty == false)
        #expect(story.column("tasks", "ref") == [2, 3])
        #expect(story["assigned_to"] == ["id": .int(alexSmith), "name": "Alex Smith"])
        let id = try #require(story["id"])
        #expect(try await tools.succeed("taiga_get_user_story", ["id": id]) == story)
        let list = try await tools.succeed("taiga_list_user_stories")
        #expect(list.column("user_stories", "description").allSatisfy { $0 == nil })
        #expect(try await tools.refusal("taiga_get_user_story", ["ref": 2]).contains("no user story with #2"))
    }

    @Test("Lists are bounded and say so")
    func pages() async throws {
        for number in 1...40 { _ = try await tools.succeed("taiga_create_task", ["subject": .string("T\(number)")]) }
        let first = try await tools.succeed("taiga_list_tasks", ["user_story_id": .null])
        #expect(first["tasks"]?.arrayValue?.count == 30 && first["total"] == 40)
        #expect(first["note"]?.stringValue?.contains("page 1 of 2: 30 of 40") == true)
        let second = try await tools.succeed("taiga_list_tasks", ["user_story_id": .null, "page": 2])
        #expect(second.column("tasks", "subject") == (31...40).map { .string("T\($0)") })
        let past = try await tools.succeed("taiga_list_tasks", ["page": .int(.max), "limit": 100])
        #expect(past["tasks"] == [] && past["note"]?.stringValue?.contains("There is no page") == true)
        #expect(try await tools.succeed("taiga_list_tasks", ["limit": 100])["note"] == nil)
    }
}

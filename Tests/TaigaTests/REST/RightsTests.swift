import Agent
import TestSupport
import Testing

@testable import Taiga

@Suite(.timeLimit(.minutes(1))) struct RightsTests {
    private let writes = [
        ToolCall("taiga_create_user_story", ["subject": "x"]), ToolCall("taiga_create_task", ["subject": "x"]),
        ToolCall("taiga_create_tasks", ["subjects": ["x"]]),
        ToolCall("taiga_update_user_story", ["ref": 1, "subject": "x"]),
        ToolCall("taiga_update_task", ["ref": 2, "subject": "x"]),
    ]

    private func world() -> TaigaWorld {
        var world = TaigaWorld.demo()
        world.add(.story, "Story", to: 1_729_875, milestone: sprint)
        world.add(.task, "Task", to: 1_729_875, milestone: sprint)
        world.add(.story, "Foreign story", to: 1_729_876, milestone: 499_600)
        world.add(.task, "Foreign task", to: 1_729_876, milestone: 499_600)
        return world
    }

    @Test("The client may claim any role: Taiga's own say decides")
    func stakeholder() async throws {
        try await withTaiga(world()) { stage in
            let run = stage.run(as: Users.stakeholder)
            #expect(stage.tools.tools(for: run).tools.contains { $0.name == "taiga_create_task" })
            for call in writes {
                let result = await stage.tools.call(.next(call), in: run)
                #expect(result.isError && result.text.contains("needs the permission"), "\(result.text)")
            }
            #expect(!stage.server.requests.contains { $0.isWrite })
            #expect(await !stage.tools.call(.next(ToolCall("taiga_list_tasks")), in: run).isError)
        }
    }

    @Test("To someone who does not take part the project is not there, and no list is empty")
    func outsider() async throws {
        try await withTaiga(world()) { stage in
            let run = stage.run(as: Users.outsider)
            let reads = ["taiga_get_project", "taiga_list_tasks", "taiga_list_user_stories", "taiga_list_milestones"]
            for call in writes + reads.map({ ToolCall($0) }) {
                let result = await stage.tools.call(.next(call), in: run)
                #expect(result.isError && result.text.contains("was not found"), "\(result.text)")
            }
            #expect(!stage.server.requests.contains { $0.isWrite })
        }
    }

    @Test("A right that was taken away a moment ago does not make an empty list believable")
    func takenAway() async throws {
        try await withTaiga(world()) { stage in
            let run = stage.run(as: Users.smith)
            #expect(await !stage.tools.call(.next(ToolCall("taiga_list_tasks")), in: run).isError)
            stage.server.change { $0.setRole(nil, of: Users.smith, in: 1_729_875) }
            let result = await stage.tools.call(.next(ToolCall("taiga_list_tasks")), in: run)
            #expect(result.isError, "\(result.text)")
        }
    }

    @Test("Writes in another project are refused, however they are named, and nothing is sent")
    func otherProject() async throws {
        try await withTaiga(world()) { stage in
            let run = stage.run()
            let foreign = stage.server.world
            let (story, task) = (foreign.stories[1], foreign.tasks[1])
            let calls = [
                ToolCall("taiga_create_task", ["subject": "x", "user_story_id": .int(story.id)]),
                ToolCall("taiga_create_tasks", ["subjects": ["x"], "user_story_id": .int(story.id)]),
                ToolCall("taiga_create_task", ["subject": "x", "project_id": 1_729_876]),
                ToolCall("taiga_create_user_story", ["subject": "x", "milestone": 499_600]),
                ToolCall("taiga_create_user_story", ["subject": "x", "project_id": 1_729_876]),
                ToolCall("taiga_create_task", ["subject": "x", "status": 401]),
                ToolCall("taiga_create_task", ["subject": "x", "assigned_to": .int(Users.outsider)]),
                ToolCall("taiga_update_user_story", ["id": .int(story.id), "subject": "x"]),
                ToolCall("taiga_update_task", ["id": .int(task.id), "subject": "x"]),
                ToolCall("taiga_update_user_story", ["ref": 1, "milestone": 499_600]),
                ToolCall("taiga_comment_task", ["id": .int(task.id), "comment": "x"]),
                ToolCall("taiga_update_task", ["ref": 77, "subject": "x"]),
                ToolCall("taiga_update_task", ["id": 77, "subject": "x"]),
            ]
            for call in calls {
                let result = await stage.tools.call(.next(call), in: run)
                #expect(result.isError && result.created.isEmpty, "\(call.name): \(result.text)")
            }
            for context in [stage.run(milestone: 499_600), stage.run(story: story.id)] {
                let result = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "x"])), in: context)
                #expect(result.isError, "\(result.text)")
            }
            #expect(!stage.server.requests.contains { $0.isWrite })
            #expect(
                await stage.tools.call(.next(ToolCall("taiga_get_user_story", ["id": .int(story.id)])), in: run).isError
            )
        }
    }
}

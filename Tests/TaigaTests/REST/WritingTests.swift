import Agent
import TestSupport
import Testing

@testable import Taiga

@Suite(.timeLimit(.minutes(1))) struct WritingTests {
    @Test("A story with everything, its names resolved")
    func story() async throws {
        try await withTaiga { stage in
            let call = ToolCall(
                "taiga_create_user_story",
                [
                    "subject": " 🚀 <b>x</b> ", "description": "**d**", "status": "ready", "assigned_to": "Alex Kim",
                    "tags": ["UPPER", "a,b"], "due_date": "2026-12-24", "idempotency_key": "k",
                ]
            )
            let result = await stage.tools.call(.next(call), in: stage.run())
            let made = try #require(stage.server.world.stories.first)
            #expect(result.created == [.userStory(id: made.id, ref: made.ref, subject: "🚀 <b>x</b>")])
            #expect(made.statusID == 102 && made.assignedTo == 738_803 && made.tags == ["upper", "a,b"])
            #expect(made.dueDate == "2026-12-24" && made.milestoneID == sprint && made.ownerID == Users.requester)
            #expect(result.json["assigned_to"]?["name"] == "Alex Kim" && result.json["description"] == "**d**")
            #expect(result.json["milestone"] == ["id": 499_548, "name": "Sprint 2"])
        }
    }

    @Test("Tasks below a story of the backlog, and below none")
    func tasks() async throws {
        try await withTaiga { stage in
            let story = stage.server.change { $0.add(.story, "P", to: 1_729_875) }
            let below = await stage.tools.call(
                .next(ToolCall("taiga_create_task", ["subject": "T", "user_story_ref": .int(story.ref)])),
                in: stage.run()
            )
            guard case .task(_, _, "T", let link?)? = below.created.first else { throw Unexpected(text: below.text) }
            #expect(link == .init(id: story.id, subject: "P"))
            _ = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "L"])), in: stage.run())
            #expect(stage.server.world.tasks.map(\.milestoneID) == [nil, sprint])
            _ = await stage.tools.call(
                .next(ToolCall("taiga_create_task", ["subject": "R"])),
                in: stage.run(story: story.id)
            )
            #expect(stage.server.world.tasks.map(\.storyID) == [story.id, nil, story.id])
        }
    }

    @Test("A change keeps what it does not name")
    func update() async throws {
        try await withTaiga { stage in
            let story = stage.server.change { world in
                var story = world.add(.story, "S", to: 1_729_875, milestone: sprint, tags: ["old"])
                story.description = "Was."
                world.put(story)
                return story
            }
            let changed = try await stage.tools.succeed(
                "taiga_update_user_story",
                [
                    "ref": .int(story.ref), "append_description": "More.", "add_tags": ["New"], "assigned_to": "me",
                    "milestone": .null, "status": "Done",
                ],
                in: stage.run()
            )
            #expect(changed["description"] == "Was.\n\nMore." && changed["tags"] == ["old", "new"])
            #expect(changed["version"] == 2 && changed["milestone"] == .null && changed["is_closed"] == true)
            #expect(changed["assigned_to"]?["id"] == .int(Users.requester))
        }
    }

    @Test("A conflict is read again and tried once more; a second one is told")
    func conflicts() async throws {
        try await withTaiga { stage in
            let task = stage.server.change { $0.add(.task, "S", to: 1_729_875, milestone: sprint) }
            // Someone else writes between our reading and our writing, so many times.
            func meddle(_ times: Int) {
                stage.server.fail { request in
                    let before = stage.server.count("PATCH", "/tasks")
                    guard request.method == "PATCH", before <= times else { return nil }
                    stage.server.change { world in
                        _ = world.change(.task, task.id, ["subject": "other", "version": .int(before)], 1)
                    }
                    return nil
                }
            }
            meddle(1)
            let call = ToolCall("taiga_update_task", ["id": .int(task.id), "subject": "mine"])
            let once = await stage.tools.call(.next(call), in: stage.run())
            #expect(!once.isError && stage.server.count("PATCH", "/tasks") == 2, "\(once.text)")
            #expect(stage.server.world.tasks[0].subject == "mine")

            stage.server.fail { request in
                guard request.method == "PATCH" else { return nil }
                let version = stage.server.world.tasks[0].version
                stage.server.change { _ = $0.change(.task, task.id, ["subject": "o", "version": .int(version)], 1) }
                return nil
            }
            let twice = await stage.tools.call(.next(call), in: stage.run())
            #expect(twice.isError && twice.text.contains("Someone else changed it"))
            #expect(stage.server.count("PATCH", "/tasks") == 4)
        }
    }

    @Test("Someone who may only comment does, and a comment whose answer is lost is added once")
    func comments() async throws {
        try await withTaiga { stage in
            let story = stage.server.change { $0.add(.story, "S", to: 1_729_875, milestone: sprint) }
            let run = stage.run(as: Users.stakeholder)
            func say(_ text: String) async -> ToolResult {
                let arguments: JSONValue = ["ref": .int(story.ref), "comment": .string(text)]
                return await stage.tools.call(.next(ToolCall("taiga_comment_user_story", arguments)), in: run)
            }
            let plain = await say("One")
            stage.server.fail { $0.method == "PATCH" ? .cutAfter : nil }
            let found = await say("Two")
            stage.server.fail { $0.method == "PATCH" ? .cutBefore : nil }
            let missing = await say("Three")
            stage.server.fail {
                $0.method == "PATCH" ? .cutAfter : $0.path.hasPrefix("/history") ? .answer(.failed) : nil
            }
            let blind = await say("Four")
            #expect(!plain.isError && !found.isError && found.text.contains("added, once"), "\(found.text)")
            #expect(missing.isError && missing.text.contains("does not have the comment"))
            #expect(blind.isError && blind.text.contains("not known whether") && blind.warnings.count == 1)
            #expect(stage.server.world.stories[0].comments.map(\.text) == ["Four", "Two", "One"])
        }
    }

    @Test("What Taiga refuses is told in its words")
    func refusals() async throws {
        try await withTaiga { stage in
            let reply = TaigaServer.Reply.json(400, ["due_date": ["Date has wrong format."]])
            stage.server.fail { $0.method == "POST" ? .answer(reply) : nil }
            let text = try await stage.tools.refusal("taiga_create_task", ["subject": "x"], in: stage.run())
            #expect(text == "Taiga refused it. It says: due_date: Date has wrong format.")
        }
    }
}

import Agent
import TestSupport
import Testing

@testable import Taiga

@Suite(.timeLimit(.minutes(2))) struct LostAnswerTests {
    @Test("500 writes of one user, alike and ten at a time, every tenth cut off after writing: none doubled, none lost")
    func cutConnections() async throws {
        try await withTaiga { stage in
            stage.server.cutEveryWrite(10)
            let story = stage.server.change { $0.add(.story, "Parent", to: 1_729_875, milestone: sprint) }
            let results = await Self.writeFiveHundred(on: stage, below: story.id)
            #expect(results.allSatisfy { !$0.isError && $0.created.count == 1 })
            let found = results.count { $0.text.contains("looked for and found") }
            let world = stage.server.world
            let there = Set((world.stories.dropFirst() + world.tasks).map(\.id))
            let told = results.flatMap(\.created).map(\.identity.id)
            let doubled = there.count - 500
            let lost = there.subtracting(told).count
            let misreported = told.count - Set(told).count
            print(
                "writes 500, cut and found \(found), doubled \(doubled), lost \(lost), "
                    + "reported twice \(misreported)"
            )
            #expect(there.count == 500 && Set(told) == there && misreported == 0)
            #expect(found == 50)
        }
    }

    /// What ten runs say that write at the same time.
    private static func writeFiveHundred(on stage: RESTStage, below story: Int) async -> [ToolResult] {
        await withTaskGroup(of: [ToolResult].self) { group in
            for _ in 0..<10 { group.addTask { await writeFifty(on: stage, below: story) } }
            var results: [ToolResult] = []
            for await some in group { results += some }
            return results
        }
    }

    /// What one run's 50 writes say.
    private static func writeFifty(on stage: RESTStage, below story: Int) async -> [ToolResult] {
        let context = stage.run()
        var results: [ToolResult] = []
        for number in 0..<50 {
            let call: ToolCall =
                number.isMultiple(of: 2)
                ? ToolCall("taiga_create_task", ["subject": "Same", "user_story_id": .int(story)])
                : ToolCall("taiga_create_user_story", ["subject": "Same"])
            results.append(await stage.tools.call(.next(call), in: context))
        }
        return results
    }

    @Test("The same where Taiga keeps no reference: the fields decide, one write at a time")
    func withoutReference() async throws {
        // As if an older Taiga dropped what it does not know.
        var world = TaigaWorld.demo()
        world.keepsReferences = false
        try await withTaiga(world) { stage in
            let context = stage.run()
            stage.server.fail { request in
                stage.server.count("POST", request.path) % 3 == 0 && request.method == "POST" ? .cutAfter : nil
            }
            var known: [CreatedArtifact] = []
            for number in 0..<12 {
                let call = ToolCall("taiga_create_task", ["subject": .string("T\(number % 2)"), "tags": ["A", "b"]])
                let result = await stage.tools.call(.next(call, known: known), in: context)
                #expect(!result.isError, "\(result.text)")
                known += result.created
            }
            #expect(stage.server.world.tasks.map(\.id) == known.map(\.identity.id))
        }
    }

    @Test(
        "Whatever hides the answer to a create, what was made is found and told",
        arguments: ["cut", "500", "html", "garbage", "wrong", "slow"]
    )
    func hiddenAnswers(how: String) async throws {
        let gate = EventCount()
        try await withTaiga { settings in
            // Bounds the look for what was made as well, which must be in time.
            if how == "slow" { settings.requestTimeout = .seconds(3) }
        } _: { stage in
            let reply: TaigaServer.Reply =
                switch how {
                case "500": .failed
                case "html": TaigaServer.Reply(201, "text/html", Array("<html>".utf8))
                case "garbage": TaigaServer.Reply(201, "application/json", Array("{\"id\":".utf8))
                default: .json(201, ["id": "seven"])
                }
            stage.server.fail { request in
                guard request.method == "POST" else { return nil }
                return how == "cut" ? .cutAfter : how == "slow" ? .holdAfter(gate) : .answerAfter(reply)
            }
            let call = ToolCall("taiga_create_user_story", ["subject": "S", "description": "D", "tags": ["X"]])
            let result = await stage.tools.call(.next(call), in: stage.run())
            let made = try #require(stage.server.world.stories.first)
            #expect(result.created == [.userStory(id: made.id, ref: made.ref, subject: "S")])
            #expect(result.json["description"] == "D")
            #expect(result.json["note"]?.stringValue?.contains("created, once") == true)
            #expect(stage.server.world.stories.count == 1 && stage.server.count("POST", "/userstories") == 1)
            gate.add()
        }
    }

    @Test("What was not written is looked for, told as missing, and not sent again")
    func notWritten() async throws {
        try await withTaiga { stage in
            stage.server.fail { $0.method == "POST" ? .cutBefore : nil }
            let result = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "S"])), in: stage.run())
            #expect(result.isError && result.created.isEmpty && result.text.contains("probably not created"))
            #expect(result.warnings == ["Outcome of taiga_create_task unknown"])
            #expect(stage.server.count("POST", "/tasks") == 1)
            #expect(stage.pauses.all == [.milliseconds(300), .seconds(1)])
        }
    }

    @Test("When looking fails as well, that is what is told")
    func blind() async throws {
        try await withTaiga { stage in
            let context = stage.run()
            _ = await stage.tools.call(.next(ToolCall("taiga_get_project")), in: context)
            stage.server.fail { $0.method == "POST" ? .cutAfter : $0.path == "/tasks" ? .answer(.failed) : nil }
            let result = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "S"])), in: context)
            #expect(result.isError && result.text.contains("not known whether \"S\" was created"))
        }
    }

    @Test("Others' things, known things and older things are not taken for a lost write")
    func notMine() async throws {
        try await withTaiga { stage in
            let known = stage.server.change { world in
                _ = world.add(.task, "S", to: 1_729_875, by: Users.smith, milestone: sprint)
                let known = world.add(.task, "S", to: 1_729_875, by: Users.requester, milestone: sprint)
                _ = world.add(.task, "S", to: 1_729_876, by: Users.requester, milestone: 499_600)
                _ = world.add(.task, "Other", to: 1_729_875, by: Users.requester, milestone: sprint)
                return known
            }
            stage.server.fail { $0.method == "POST" ? .cutBefore : nil }
            let artifact = CreatedArtifact.task(id: known.id, ref: known.ref, subject: "S", story: nil)
            let call = ToolCall("taiga_create_task", ["subject": "S"])
            let result = await stage.tools.call(.next(call, known: [artifact]), in: stage.run())
            #expect(result.isError && result.created.isEmpty)
        }
    }

    @Test("A change whose answer is lost is read back: made, or not")
    func updates() async throws {
        try await withTaiga { stage in
            let context = stage.run()
            let task = stage.server.change { $0.add(.task, "S", to: 1_729_875, milestone: sprint) }
            let call = ToolCall(
                "taiga_update_task",
                ["id": .int(task.id), "status": "Closed", "append_description": "More.", "add_tags": ["x"]]
            )
            stage.server.fail { $0.method == "PATCH" ? .cutAfter : nil }
            let made = await stage.tools.call(.next(call), in: context)
            #expect(!made.isError && made.text.contains("the change was made"), "\(made.text)")
            stage.server.fail { $0.method == "PATCH" ? .cutBefore : nil }
            let other = ToolCall("taiga_update_task", ["id": .int(task.id), "subject": "T"])
            let lost = await stage.tools.call(.next(other), in: context)
            #expect(lost.isError && lost.text.contains("does not have the change"))
            #expect(stage.server.world.tasks[0].version == 2 && stage.server.count("PATCH", "/tasks") == 2)
        }
    }

    @Test("After a worker's death another one tells what became of each kind of write, and writes nothing")
    func outcomes() async throws {
        let calls = [
            ToolCall("taiga_create_user_story", ["subject": "Story", "description": "D"]),
            ToolCall("taiga_create_task", ["subject": "Task"]),
            ToolCall("taiga_create_tasks", ["subjects": ["One", "Two", "Two"]]),
            ToolCall("taiga_update_task", ["ref": 1, "subject": "Changed"]),
            ToolCall("taiga_comment_task", ["ref": 1, "comment": "Hi"]),
        ]
        try await withTaiga { first in
            first.server.change { _ = $0.add(.task, "Old", to: 1_729_875, milestone: sprint) }
            for call in calls {
                let invocation = ToolInvocation.next(call)
                let before = await first.other.tools.outcome(of: invocation, in: first.run())
                #expect(before.isError && before.created.isEmpty, "\(before.text)")
                let done = await first.tools.call(invocation, in: first.run())
                let writes = first.server.requests.count { $0.isWrite }
                let told = await first.other.tools.outcome(of: invocation, in: first.run())
                #expect(!told.isError && told.created == done.created, "\(told.text)")
                #expect(first.server.requests.count { $0.isWrite } == writes)
            }
        }
    }

    @Test("The same key gives the earlier result, and writes nothing")
    func sameKey() async throws {
        try await withTaiga { stage in
            let context = stage.run()
            let invocation = ToolInvocation.next(ToolCall("taiga_create_task", ["subject": "S"]))
            let first = await stage.tools.call(invocation, in: context)
            #expect(await stage.tools.call(invocation, in: context) == first)
            #expect(stage.server.world.tasks.count == 1)

            let lost = ToolInvocation.next(ToolCall("taiga_create_task", ["subject": "L"]))
            stage.server.fail { $0.isWrite ? .cutAfter : $0.path == "/tasks" ? .answer(.failed) : nil }
            #expect(await stage.tools.call(lost, in: context).isError)
            stage.server.fail { _ in nil }
            let again = await stage.tools.call(lost, in: context)
            #expect(again.created.count == 1 && stage.server.world.tasks.count == 2)
        }
    }

    @Test("A Taiga that writes after the time-out: the model's second try finds it, and makes no other")
    func lateWrite() async throws {
        let gate = EventCount()
        try await withTaiga {
            $0.requestTimeout = .seconds(3)
        } _: { stage in
            stage.server.fail { $0.method == "POST" ? .holdBefore(gate) : nil }
            let run = stage.run()
            let call = ToolCall("taiga_create_task", ["subject": "S", "idempotency_key": "1"])
            #expect(await stage.tools.call(.next(call), in: run).isError)
            let sent = stage.server.answered.count
            gate.add()
            await stage.server.answered.wait(for: sent + 1)
            stage.server.fail { _ in nil }
            let again = ToolCall("taiga_create_task", ["idempotency_key": "2", "subject": "S"])
            let found = await stage.tools.call(.next(again), in: run)
            #expect(found.created.count == 1 && stage.server.world.tasks.count == 1, "\(found.text)")
            // A third one is a wish for another task.
            let another = await stage.tools.call(.next(again, known: found.created), in: run)
            #expect(another.created.count == 1 && stage.server.world.tasks.count == 2)
        }
    }

    @Test("Several tasks of which one is lost: the same call again tells those that it knows, and makes none twice")
    func repeatedBulk() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            stage.server.fail { $0.method == "POST" && $0.json?["subject"] == "C" ? .cutBefore : nil }
            let call = ToolCall("taiga_create_tasks", ["subjects": ["A", "B", "C"]])
            let some = await stage.tools.call(.next(call), in: run)
            #expect(some.created.count == 2 && some.mayHaveWritten)
            stage.server.fail { _ in nil }
            let again = await stage.tools.call(.next(call, known: some.created), in: run)
            #expect(again.json["not_created"] == ["C"] && again.created.isEmpty, "\(again.text)")
            #expect(again.json["tasks"]?.arrayValue?.count == 2 && stage.server.world.tasks.count == 2)
        }
    }

    @Test("When it cannot be found out what an interrupted call did, nothing else is claimed")
    func blindOutcome() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            stage.server.fail { _ in .answer(.failed) }
            let told = await stage.tools.outcome(of: .next(ToolCall("taiga_create_task", ["subject": "S"])), in: run)
            #expect(told.isError && told.text.contains("cannot be found out what it did") && told.warnings.count == 1)
            #expect(told.mayHaveWritten)
        }
    }

    @Test("A worker whose clock is wrong finds its writes all the same", arguments: [-86_400_000, 86_400_000])
    func skew(milliseconds: Int) async throws {
        var world = TaigaWorld.demo()
        world.now = { systemMilliseconds() + milliseconds }
        try await withTaiga(world) { stage in
            stage.server.fail { $0.method == "POST" ? .cutAfter : nil }
            let result = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "S"])), in: stage.run())
            #expect(result.created.count == 1)
        }
    }

    @Test("Several tasks at once: those that were made are told when one fails")
    func severalTasks() async throws {
        try await withTaiga { stage in
            let story = stage.server.change { $0.add(.story, "P", to: 1_729_875) }
            let arguments: JSONValue = [
                "subjects": ["A", "B", "C"], "user_story_ref": .int(story.ref), "assigned_to": "alex.kim",
            ]
            let all = await stage.tools.call(.next(ToolCall("taiga_create_tasks", arguments)), in: stage.run())
            #expect(all.created.count == 3 && !all.isError)
            #expect(stage.server.world.tasks.map(\.subject) == ["A", "B", "C"])
            #expect(stage.server.world.tasks.allSatisfy { $0.storyID == story.id && $0.assignedTo == 738_803 })

            stage.server.fail { $0.method == "POST" && $0.json?["subject"] == "B" ? .answer(.blocked) : nil }
            let some = await stage.tools.call(.next(ToolCall("taiga_create_tasks", arguments)), in: stage.run())
            #expect(some.isError && some.created.count == 1)
            #expect(some.json["failed"]?["subject"] == "B")
            #expect(some.json["not_tried"] == ["C"])
        }
    }
}

import Agent
import Testing

@testable import Taiga

@Suite struct SandboxTests {
    @Test("Concurrent writes each count once: refs and ids are unique, versions complete")
    func concurrency() async throws {
        let tools = TaigaSandbox().tools
        await withTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let name = number.isMultiple(of: 2) ? "taiga_create_task" : "taiga_create_user_story"
                    return await tools.call(ToolCall(name, ["subject": .string("S\(number)")]), in: context())
                }
                group.addTask {
                    let change: JSONValue = ["ref": 1, "append_description": .string("line \(number)")]
                    return await tools.call(ToolCall("taiga_update_user_story", change), in: context())
                }
            }
            var refs: [Int] = []
            var ids: Set<Int> = []
            var updated = 0
            for await result in group {
                for artifact in result.created {
                    switch artifact {
                    case .userStory(let id, let ref, _), .task(let id, let ref, _, _):
                        refs.append(ref)
                        ids.insert(id)
                    }
                }
                if result.created.isEmpty, !result.isError { updated += 1 }
            }
            #expect(refs.sorted() == Array(7...206) && ids.count == 200)
            let story = try? await tools.succeed("taiga_get_user_story", ["ref": 1])
            #expect(story?["version"]?.intValue == updated + 1)
            let lines = story?["description"]?.stringValue?.split(separator: "\n").count { $0.hasPrefix("line ") }
            #expect(lines == updated)
        }
    }

    @Test("A full sandbox refuses more, and still reads and changes")
    func full() async throws {
        let tools = TaigaTools(backend: Sandbox(.demo(limits: .init(items: 8))))
        _ = try await tools.succeed("taiga_create_task", ["subject": "1"])
        _ = try await tools.succeed("taiga_create_user_story", ["subject": "2"])
        #expect(try await tools.refusal("taiga_create_task", ["subject": "3"]).contains("holds 8 stories and tasks"))
        #expect(try await tools.refusal("taiga_create_user_story", ["subject": "3"]).contains("full"))
        #expect(try await tools.succeed("taiga_update_task", ["ref": 7, "subject": "other"])["subject"] == "other")
    }

    @Test("Text is bounded too, and room that is given back can be used again")
    func fullOfText() async throws {
        let tools = TaigaTools(backend: Sandbox(.demo(limits: .init(textBytes: 5_000))))
        let long = JSONValue.string(.init(repeating: "x", count: 4_500))
        let task = try await tools.succeed("taiga_create_task", ["subject": "a", "description": long])
        #expect(try await tools.refusal("taiga_create_task", ["subject": "b", "description": long]).contains("full"))
        #expect(try await tools.refusal("taiga_update_task", ["ref": 2, "description": long]).contains("full"))
        let ref = try #require(task["ref"])
        _ = try await tools.succeed("taiga_update_task", ["ref": ref, "description": ""])
        let next = try await tools.succeed("taiga_create_task", ["subject": "b", "description": long])
        #expect(next["ref"] == 8)
    }

    @Test("The same calls in the same order give the same answers")
    func determinism() async throws {
        var transcripts: [[String]] = []
        for _ in 0..<2 {
            let tools = TaigaSandbox().tools
            var transcript: [String] = []
            for subject in ["a", "b", "c"] {
                let call = ToolCall("taiga_create_task", ["subject": .string(subject), "assigned_to": "me"])
                transcript.append(await tools.call(call, in: context()).text)
            }
            transcript.append(await tools.call(ToolCall("taiga_list_tasks"), in: context()).text)
            transcripts.append(transcript)
        }
        #expect(transcripts[0] == transcripts[1])
    }

    @Test("A story's new subject shows at its tasks")
    func renamedStory() async throws {
        let tools = TaigaSandbox().tools
        _ = try await tools.succeed("taiga_update_user_story", ["ref": 1, "subject": "Renamed"])
        let tasks = try await tools.succeed("taiga_list_tasks", ["user_story_ref": 1])
        #expect(tasks.column("tasks", "user_story").map { $0?["subject"] } == ["Renamed", "Renamed"])
    }

    @Test("What became of a call is found by its key, and by nobody else's")
    func outcomes() async throws {
        let sandbox = Sandbox()
        let (first, second) = (TaigaTools(backend: sandbox), TaigaTools(backend: sandbox))
        let calls: [ToolCall] = [
            ToolCall("taiga_create_task", ["subject": "S"]), ToolCall("taiga_create_user_story", ["subject": "S"]),
            ToolCall("taiga_create_tasks", ["subjects": ["S", "S"]]),
            ToolCall("taiga_update_task", ["ref": 2, "append_description": "More."]),
            ToolCall("taiga_comment_user_story", ["ref": 1, "comment": "Hi"]),
        ]
        for call in calls {
            let invocation = ToolInvocation.next(call)
            let done = await first.call(invocation, in: context())
            let told = await second.outcome(of: invocation, in: context())
            #expect(!told.isError && told.created == done.created, "\(told.text)")
            #expect(await first.call(invocation, in: context()) == done)
        }
        let other = await second.outcome(of: .next(calls[0]), in: context())
        #expect(other.isError && other.created.isEmpty && other.text.contains("not created"))
        let read = await second.outcome(of: .next(ToolCall("taiga_list_tasks")), in: context())
        #expect(read.isError && read.text.contains("only reads"))
    }
}

import Agent
import Testing

@testable import Taiga

/// Histories that other programs wrote, that were cut, or that make no sense.
@Suite struct DemoModelHistoryTests {
    private static let question = #"{"role":"assistant","content":"Which Alex do you mean?"}"#
    private static let task = #"{"role":"user","content":"Create tasks for Alex"}"#
    private static let smith = #"{"role":"user","content":"Alex Smith"}"#

    @Test(
        "Odd histories are answered with help, not with a crash or a call",
        arguments: [
            "[]", "[1]", "[null,true,[]]", #"["Create tasks"]"#, "[{}]", #"[{"role":"user"}]"#,
            #"[{"role":"user","content":null}]"#, #"[{"role":"user","content":[]}]"#,
            #"[{"role":"user","content":[7]}]"#,
            #"[{"role":"system","content":"Create tasks for Alex"}]"#, #"[{"role":"assistant","content":"Hello?"}]"#,
            #"[{"role":"user","content":[{"type":"image","text":"Create tasks for Alex"}]}]"#,
            #"[{"role":"user","content":[{"type":"tool_result"}]}]"#,
            #"[{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":"[]"}]}]"#,
            #"[{"role":"assistant","content":[{"type":"tool_use"}]},{"role":"user","content":[{"type":"tool_result"}]}]"#,
            #"[{"role":"user","content":"\ud800 create tasks"}]"#, "[\(smith)]", "[\(question),\(smith)]",
            "[\(task),\(smith)]", #"[{"role":"user","content":"Hi"},\#(question),\#(smith)]"#,
        ]
    )
    func odd(history: String) async throws {
        let conversation = try Conversation(stored: Array(history.utf8))
        let answer = try await Chat().answer(conversation)
        #expect(answer.blocks == [.text(DemoPhrases.help)] && answer.stopReason == .endTurn)
    }

    @Test(
        "Strings and blocks are both understood, and another model's question too",
        arguments: [
            "[\(task),\(question),\(smith)]",
            #"[{"role":"user","content":[{"type":"text","text":"Create tasks for Alex"}]},\#(question),\#(smith)]"#,
            #"[\#(task),{"content":[{"type":"thinking","thinking":"x"},{"type":"text","text":"Which?"}],"role":"assistant"},\#(smith)]"#,
            #"[1,\#(task),\#(question),{"role":"user","content":[{"type":"tool_result","tool_use_id":"q","content":"x"},{"type":"text","text":"Alex Smith"}]}]"#,
        ]
    )
    func foreign(history: String) async throws {
        let conversation = try Conversation(stored: Array(history.utf8))
        let answer = try await Chat().answer(conversation)
        guard case .toolUse(let call)? = answer.blocks.first else { throw Unexpected(text: "\(answer)") }
        #expect(call.name == "taiga_list_members" && answer.stopReason == .toolUse)
    }

    @Test("Tool results as blocks of text, without an answer, or that are no JSON")
    func results() async throws {
        func reply(to result: String) async throws -> AnswerBlock? {
            let use = #"{"type":"tool_use","id":"q","name":"taiga_list_members","input":{}}"#
            let history = """
                [\(Self.task),{"role":"assistant","content":[\(use)]},{"role":"user","content":[\(result)]}]
                """
            return try await Chat().answer(Conversation(stored: Array(history.utf8))).blocks.first
        }
        let members = #"{\"members\":[{\"id\":9,\"username\":\"a\",\"full_name\":\"Alex\"}]}"#
        let found = try await reply(
            to: #"{"type":"tool_result","tool_use_id":"q","content":[{"type":"text","text":"\#(members)"}]}"#
        )
        guard case .toolUse(let call)? = found else { throw Unexpected(text: "\(String(describing: found))") }
        #expect(call.name == "taiga_create_task" && call.arguments?["assigned_to"] == 9)
        for bad in [
            #"{"type":"tool_result","tool_use_id":"q","content":"not JSON"}"#,
            #"{"type":"tool_result","tool_use_id":"q"}"#,
            #"{"type":"tool_result","tool_use_id":"other","content":"{}"}"#,
            #"{"type":"tool_result","tool_use_id":"q","content":"boom","is_error":true}"#,
        ] {
            guard case .text(let text)? = try await reply(to: bad) else { throw Unexpected(text: bad) }
            #expect(text.hasPrefix("I could not look the members up"))
        }
        let none = try await reply(to: #"{"type":"tool_result","tool_use_id":"q","content":"{\"members\":[]}"}"#)
        #expect(none == .text("I found nobody named Alex in this project. There are nobody. Which one?"))
    }

    @Test("A long history costs as much as a short one: only its end is parsed")
    func longHistory() throws {
        let filler = #"{"role":"user","content":"Hello"},{"role":"assistant","content":"I am here?"}"#
        let short = Array(repeating: filler, count: 100).joined(separator: ",")
        let long = Array(repeating: filler, count: 20_000).joined(separator: ",")
        func time(_ filler: String) throws -> Duration {
            let conversation = try Conversation(stored: Array("[\(filler),\(Self.smith)]".utf8))
            return (0..<5).map { _ in ContinuousClock().measure { _ = DemoHistory(conversation) } }.min() ?? .zero
        }
        let (one, other) = (try time(short), try time(long))
        #expect(other < one * 5 + .milliseconds(1), "\(one) for 201 messages, \(other) for 40,001")
    }

    @Test("Messages that are far too large are not read")
    func largeMessage() async throws {
        var conversation = Conversation()
        conversation.append(user: "Create tasks for Alex " + String(repeating: "x", count: 300_000))
        #expect(try await Chat().answer(conversation).blocks == [.text(DemoPhrases.help)])
    }
}

/// The rules meet whatever words there are.
@Suite struct DemoRequestTests {
    @Test("No sequence of words it knows makes it fail, and what it will create stays in bounds")
    func vocabulary() {
        let words = [
            "create", "3", "tasks", "story", "#6", "user", "for", "to", "\"x\"", "\"", "list", "the", "?", "no",
        ]
        for one in words {
            for two in words {
                for three in words {
                    for four in words {
                        let request = DemoRequest("\(one) \(two) \(three) \(four)")
                        guard case .createTasks(let count, _, let subject, _)? = request else { continue }
                        #expect((1...3).contains(count) && subject?.isEmpty != true)
                    }
                }
            }
        }
    }

    @Test(
        "What is understood",
        arguments: [
            ("Create tasks for Alex", .createTasks(count: 3, who: "Alex", subject: nil, storyRef: nil)),
            ("Could you please add five new tasks?", .createTasks(count: 5, who: nil, subject: nil, storyRef: nil)),
            (
                "create 2 tasks under the user story #12 for Alex Kim.",
                .createTasks(count: 2, who: "Alex Kim", subject: nil, storyRef: 12)
            ),
            (
                "Create a task “Look for bugs” for Kim",
                .createTasks(count: 1, who: "Kim", subject: "Look for bugs", storyRef: nil)
            ),
            ("I need a story about sign-in", .createStories(count: 1, subject: nil, topic: "sign-in")),
            ("Never mind!", .cancel), ("Show me the team", .listMembers), ("Alex Smith", nil),
            ("I finished my tasks yesterday, thanks", nil),
        ] as [(String, DemoRequest?)]
    )
    func understood(prompt: String, request: DemoRequest?) { #expect(DemoRequest(prompt) == request) }
}

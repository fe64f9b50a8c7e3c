import Agent
import Testing

@testable import Taiga

@Suite struct DemoModelTests {
    @Test("The requirements' example: which Alex, then three tasks")
    func example() async throws {
        var chat = Chat()
        #expect(
            try await chat.say("Create tasks for Alex")
                == "I found 3 users named Alex: Alex Smith, Alex Jones and Alex Kim. Which one?"
        )
        #expect(chat.created.isEmpty && chat.steps == 2)
        #expect(
            try await chat.say("Alex Smith")
                == """
                Created 3 tasks for Alex Smith:
                - #7 Plan the work for this sprint (New)
                - #8 Implement the next planned change (New)
                - #9 Write tests for the change (New)
                """
        )
        #expect(chat.created.count == 3 && chat.steps == 5)
        let tasks = try await chat.tools.succeed("taiga_list_tasks", ["assigned_to": "Alex Smith"])
        #expect(tasks["total"] == 4)
        #expect(Set(chat.keys).count == 3)
    }

    @Test(
        "A question can be answered in many ways",
        arguments: [
            ("Smith", "Alex Smith"), ("the second one", "Alex Jones"), ("3", "Alex Kim"), ("alex.kim", "Alex Kim"),
            ("I mean Alex Jones, please!", "Alex Jones"), ("jdlafond", "J. D. Lafond"), ("@alex.smith", "Alex Smith"),
        ]
    )
    func answers(answer: String, name: String) async throws {
        var chat = Chat()
        _ = try await chat.say("Please create two tasks for Alex.")
        let reply = try await chat.say(answer)
        #expect(reply.hasPrefix("Created 2 tasks for \(name):"))
    }

    @Test("An answer that names none of them is asked again, until it does or the user gives up")
    func asksAgain() async throws {
        var chat = Chat()
        _ = try await chat.say("Create tasks for Alex")
        for answer in ["Bob", "Alex", "Smith or Jones", "17", "?"] {
            let reply = try await chat.say(answer)
            #expect(reply.hasSuffix("Alex Smith, Alex Jones and Alex Kim. Which one?"), "\(reply)")
        }
        #expect(try await chat.say("Kim").hasPrefix("Created 3 tasks for Alex Kim"))
        _ = try await chat.say("Create tasks for Alex")
        #expect(try await chat.say("Never mind.").contains("Nothing was changed"))
        #expect(try await chat.say("Alex Smith") == DemoPhrases.help)
        #expect(chat.created.count == 3)
    }

    @Test("A new request in place of an answer is a new request")
    func changesTheSubject() async throws {
        var chat = Chat()
        _ = try await chat.say("Create tasks for Alex")
        #expect(try await chat.say("Create one task for Jones").hasPrefix("Created 1 task for Alex Jones:"))
        #expect(try await chat.say("List the members").hasPrefix("The project has 4 members:"))
    }

    @Test(
        "What it does at once",
        arguments: [
            ("Create 2 tasks for Alex Kim about the login", "Created 2 tasks for Alex Kim:\n- #7 The login: agree on"),
            ("create a task \"Fix the button\" for me", "Created 1 task for J. D. Lafond:\n- #7 Fix the button (New)"),
            ("Add a task to clean up for Smith", "Created 1 task for Alex Smith:\n- #7 Clean up (New)"),
            ("Make a task for Kim to test it", "Created 1 task for Alex Kim:\n- #7 Test it (New)"),
            ("create ten tasks", "Created 10 tasks:\n- #7 Plan"),
            ("create a user story Sign in with a PIN", "Created 1 user story:\n- #7 Sign in with a PIN (New)"),
            ("Create 3 user stories for login", "Created 3 user stories:\n- #7 Login: the usual way works (New)"),
            ("Create 11 tasks for Alex", "I create 1 to 10 at a time"),
            ("Create 99999999999999999999 tasks", "I create 1 to 10 at a time"),
            ("Create 0 stories", "I create 1 to 10 at a time"),
            ("Create tasks for Bob", "I found nobody named Bob in this project. There are J. D. Lafond, Alex Smith,"),
            ("Create a task for user story #6", "Created 1 task:\n- #7 Plan"),
            ("Create 2 tasks for Kim under story 77", "I could not create the tasks: There is no user story with #77"),
            ("who is in the team?", "The project has 4 members:\n- J. D. Lafond (jdlafond, Product Owner)"),
            ("Show tasks of Alex Smith", "I found 1 task:\n- #3 Keep the user signed in (In progress)"),
            ("my tasks", "I found 0 tasks."), ("list stories", "I found 3 user stories:\n- #1 Sign in"),
            ("What is in the backlog?", "I found 1 user story:\n- #6"),
            ("Which sprints are there?", "The project has 2 sprints:\n- Sprint 2, 2026-11-16 to 2026-12-04\n"),
            ("Show tasks of Alex", "I could not look that up: assigned_to: \"Alex\" fits several members"),
            ("Hello", "I am Parley's built-in demo model"), ("Create", "I am Parley's built-in demo model"),
            ("", "I am Parley's built-in demo model"), ("\u{0}\u{FFFD} 🚀", "I am Parley's built-in demo model"),
        ]
    )
    func atOnce(prompt: String, start: String) async throws {
        var chat = Chat()
        let reply = try await chat.say(prompt)
        #expect(reply.hasPrefix(start), "\(reply)")
        #expect(chat.steps <= 3)
    }

    @Test("A tool that the roles do not offer is named, and not called")
    func roles() async throws {
        var chat = Chat(context: context(roles: ["Stakeholder"]))
        #expect(try await chat.say("Create tasks for Alex").contains("taiga_create_task"))
        #expect(try await chat.say("Create a user story x").contains("taiga_create_user_story"))
        #expect(chat.created.isEmpty && chat.steps == 2)
        #expect(try await chat.say("List the members").hasPrefix("The project has 4 members"))
    }

    @Test("What a tool refuses is said in words, once")
    func errors() async throws {
        var chat = Chat(context: context(project: 42))
        let reply = try await chat.say("Create tasks for Alex")
        #expect(reply.hasPrefix("I could not look the members up: Project 42 was not found"))
        #expect(chat.steps == 2)
        var full = Chat(tools: TaigaTools(backend: Sandbox(.demo(limits: .init(items: 7)))))
        let partly = try await full.say("Create 3 tasks for Kim")
        #expect(partly.hasPrefix("Created 1 of 3 tasks for Alex Kim:\n- #7"))
        #expect(partly.contains("I could not create 2 of them: The sandbox is full"))
    }

    @Test("The same conversation gives the same answer, and usage is counted")
    func determinism() async throws {
        var chat = Chat()
        _ = try await chat.say("Create tasks for Alex")
        var conversation = chat.conversation
        conversation.append(user: "Alex Kim")
        let first = try await chat.answer(conversation)
        #expect(try await chat.answer(conversation) == first)
        #expect(first.usage.inputTokens > conversation.bytes.count / 4 && first.usage.outputTokens > 0)
    }

    @Test("What it says is told word by word, and nothing of its calls")
    func progress() async throws {
        let chat = Chat()
        var conversation = Conversation()
        conversation.append(user: "Create tasks for Alex")
        #expect(try await chat.told(conversation).progress == [])
        conversation = Conversation()
        conversation.append(user: "Create 11 tasks for Alex")
        let (answer, progress) = try await chat.told(conversation)
        let words = progress.map { if case .text(let word) = $0 { word } else { "-" } }
        #expect(answer.blocks == [.text(words.joined())])
        #expect(words.prefix(2) == ["I ", "create "])
        #expect(words.count == words.joined().split(whereSeparator: \.isWhitespace).count)
    }
}

import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// A worker over a local server that answers like the Messages API and refuses what the real one refuses.
@Suite(.timeLimit(.minutes(2))) struct ModelTests {
    private func call(_ id: String, _ name: String, _ input: JSONValue) -> JSONValue {
        ["type": "tool_use", "id": .string(id), "name": .string(name), "input": input]
    }

    @Test func aTurnWithToolsIsSentAsTheAPIWantsIt() async throws {
        let script: [ModelServer.Answer] = [
            .init(
                .message(
                    .init(
                        content: [
                            ["type": "text", "text": "Let me look."], call("t1", "taiga_list_members", [:]),
                            call("t2", "taiga_list_user_stories", [:]),
                        ],
                        stopReason: "tool_use"
                    )
                )
            ),
            .init(
                .message(
                    .init(
                        content: [
                            call("t3", "taiga_create_user_story", ["subject": "Login", "idempotency_key": "k1"])
                        ],
                        stopReason: "tool_use"
                    )
                )
            ),
            .text("I created the story Login."),
            .text("You are welcome."),
        ]
        try await ModelServer.serving(script: script) { model in
            try await ParleyWorker.with(model.settings()) {
                worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    let first = try await phone.say("Create a story for the login, café style")
                    #expect(first.summary == "I created the story Login.")
                    #expect(first.json["created_artifacts"]?.arrayValue?.first?["subject"] == "Login")
                    #expect(first.json["usage"]?["input_tokens"] == 30)
                    #expect(try await phone.say("Thanks").summary == "You are welcome.")
                }
                #expect(!worker.output.contains("canary"))
            }
            #expect(model.refusals == [])
            #expect(model.requests.count == 4)
            #expect(model.requests.map(\.messages.count) == [1, 3, 5, 7])
            #expect(model.requests.allSatisfy { !String(decoding: $0.body, as: UTF8.self).contains("canary") })
            #expect(model.requests[0].header("x-api-key") == "canary-key")
        }
    }

    @Test func everyEndingLeavesAHistoryThatTheAPITakes() async throws {
        let tool = call("t1", "taiga_list_members", [:])
        let endings: [ModelServer.Answer] = [
            .init(.message(.init(content: [["type": "text", "text": "Half"], tool], stopReason: "max_tokens"))),
            .init(.message(.init(content: [], stopReason: "end_turn"))),
            .init(.message(.init(content: [], stopReason: "refusal"))),
            .init(
                .message(.init(content: [["type": "text", "text": "x"]], stopReason: "model_context_window_exceeded"))
            ),
            .init(.message(.init(content: [call("t9", "no_such_tool", [:])], stopReason: "tool_use"))),
            .error(400, "invalid_request_error", "no"),
        ]
        // Each ending is followed by a plain turn, which must be accepted.
        let script = endings.flatMap { [$0, ModelServer.Answer.text("ok")] }
        try await ModelServer.serving(script: script) { model in
            try await ParleyWorker.with(model.settings(["AGENT_MAX_STEPS": "1"])) { worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    var statuses: [Int] = []
                    for _ in endings {
                        statuses.append(try await phone.say("Do it").status)
                        #expect(try await phone.say("And now?").summary == "ok")
                    }
                    #expect(statuses == [200, 200, 200, 200, 200, 502])
                }
            }
            #expect(model.refusals == [])
            #expect(model.requests.count == script.count)
        }
    }

    @Test func theDeadlineAbortsTheModelCall() async throws {
        let never = EventCount()
        try await ModelServer.serving({ _ in .text("late").delivered { $0.hold = never } }) { model in
            try await ParleyWorker.with(model.settings(["AGENT_DEADLINE_SECONDS": "1"])) { worker in
                try await Phone.using { web in
                    let answer = try await Phone(web: web, url: worker.url, session: "s").say("Hello")
                    #expect(answer.status == 504)
                    #expect(answer.problem == "deadline")
                    await model.aborted.wait(for: 1)
                }
            }
        }
    }

    @Test func anOverloadedModelIsTriedAgainAndThenSaidToBeSo() async throws {
        let busy = ModelServer.Answer.error(529, "overloaded_error", "busy", headers: [("retry-after", "0")])
        try await ModelServer.serving(script: [busy, busy, .text("At last"), busy, busy, busy]) { model in
            try await ParleyWorker.with(model.settings()) { worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    #expect(try await phone.say("Hello").summary == "At last")
                    let refused = try await phone.say("Hello again")
                    #expect(refused.status == 503)
                    #expect(refused.problem == "model-overloaded")
                    #expect(refused.headers["retry-after"] == "5")
                    #expect(try await phone.history().json["turns"] == 1)
                }
            }
            #expect(model.requests.count == 6)
        }
    }
}

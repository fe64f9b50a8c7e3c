import Foundation
import Testing

@testable import ParleyClient

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// What is read off the wire, and what is written to it.
@Suite struct WireTests {
    private let service = URL(string: "https://parley.example.com/api/") ?? URL(fileURLWithPath: "/")
    private let tokens = ParleyClient.TokenPair(authToken: "canary-access", refresh: "canary-refresh")
    private let context = ParleyClient.Context(
        projectID: 1,
        milestoneID: 2,
        userStoryID: 3,
        user: ParleyClient.User(id: 4, username: "u", email: "e", roles: ["Back"])
    )

    @Test func anAnswerHasAllThatTheContractHas() throws {
        let answer: ParleyClient.Answer = try .parsed(
            """
            {"summary": "Done", "run_id": "r", "session_id": "s", "stopped_by": "to-come", "warnings": ["W"], "more": {},
             "artifacts": {"milestone_id": 5, "more": 1, "tasks": [{"id": 1, "subject": "T"}],
                           "user_stories": [{"id": 2, "subject": "S", "tasks": [{"id": 3, "subject": "U"}]}]},
             "created_artifacts": [{"type": "epic", "id": 1, "ref": 7, "subject": "T"}],
             "usage": {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 4},
             "auth": {"auth_token": "a", "refresh": "b"}}
            """
        )
        let story = ParleyClient.Artifacts.UserStory(id: 2, subject: "S", tasks: [.init(id: 3, subject: "U")])
        #expect(
            answer.artifacts == .init(milestoneID: 5, userStories: [story], tasks: [.init(id: 1, subject: "T")])
        )
        #expect(answer.createdArtifacts == [.init(type: "epic", id: 1, ref: 7, subject: "T")])
        #expect(answer.stoppedBy?.rawValue == "to-come")
        #expect(answer.warnings == ["W"])
        #expect(answer.auth == .init(authToken: "a", refresh: "b"))
        #expect(
            answer.usage
                == .init(inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheCreationInputTokens: 4)
        )
        let least: ParleyClient.Answer = try .parsed(#"{"summary": "", "run_id": "r", "stopped_by": null}"#)
        #expect(least.stoppedBy == nil && least.createdArtifacts == [] && least.artifacts == .init())
    }

    @Test(
        arguments: [
            ("run.started", #"{"run_id":"r","session_id":null,"more":1}"#, .started(runID: "r", sessionID: nil)),
            ("text.delta", #"{"text":"Hi"}"#, .text("Hi")),
            ("text.reset", "{}", .textReset),
            (
                "tool.started", #"{"id":"1","name":"n","arguments":{"a":[1,2.5,true,null,"x"]}}"#,
                .toolStarted(
                    .init(
                        id: "1",
                        name: "n",
                        arguments: .object(["a": .array([.integer(1), .number(2.5), .bool(true), .null, .string("x")])])
                    )
                )
            ),
            (
                "tool.finished", #"{"id":"1","name":"n","ok":false,"duration_ms":12}"#,
                .toolFinished(.init(id: "1", name: "n", isOK: false, duration: .milliseconds(12)))
            ),
            ("gap", #"{"from":"1-0","to":"4-0"}"#, .gap(from: "1-0", to: "4-0")),
            ("tool.paused", "{}", .other(name: "tool.paused", data: "{}")),
            ("text.delta", #"{"words":1}"#, .other(name: "text.delta", data: #"{"words":1}"#)),
        ] as [(String, String, ParleyClient.Event)]
    )
    func eventsAreTyped(_ name: String, _ data: String, _ event: ParleyClient.Event) {
        #expect(Told(StreamEvent(name: name, data: data, id: nil)) == .event(event))
    }

    @Test func anEndThatCannotBeReadIsAnError() {
        for name in ["run.finished", "run.failed"] {
            guard case .failure(let error) = Told(StreamEvent(name: name, data: "{", id: nil)) else {
                Issue.record("\(name) was taken for an event")
                continue
            }
            #expect(error.code == .unreadable && !error.isPassing)
        }
    }

    @Test func aProblemIsTyped() throws {
        let body = """
            {"type": "/problems/to-come", "title": "T", "status": 418, "detail": "D", "instance": "i", "run_id": "r",
             "errors": [{"field": "f", "message": "m"}], "auth": {"auth_token": "a", "refresh": "b"}}
            """
        let head = ResponseHead(status: 418, contentType: "application/problem+json", retryAfter: "7")
        let error = ParleyError(head, body: Data(body.utf8))
        #expect(error.code.rawValue == "to-come" && error.status == 418 && error.requestID == "i")
        #expect(error.fieldErrors == [.init(field: "f", message: "m")])
        #expect(error.retryAfter == .seconds(7) && error.isPassing)
        #expect(error.runID == "r" && error.auth == .init(authToken: "a", refresh: "b"))
        #expect(error.description == "T (418 to-come); D; f m")
        #expect(!"\(error) \(String(reflecting: error.auth))".contains("authToken"))
    }

    @Test func whatStandsInFrontOfTheServiceIsToldApart() {
        let gateway = ParleyError(ResponseHead(status: 502), body: Data("<html>".utf8))
        #expect(gateway.code == .unavailable && gateway.isPassing)
        let page = ParleyError(ResponseHead(status: 404, requestID: "i"), body: Data("<html>".utf8))
        #expect(page.code == .unreadable && !page.isPassing && page.requestID == "i")
    }

    @Test func aRunIsSentAsTheContractWantsIt() throws {
        var request = ParleyClient.Request("Hi", sessionID: "s", idempotencyKey: "k")
        request.ifBusy = .interrupt
        request.timeToLive = .long
        request.restore = true
        let call = Call.run(request, in: context, with: tokens, asEvents: true)
        let sent = try call.urlRequest(to: service, tokens: tokens, silence: .seconds(45))
        #expect(sent.url?.absoluteString == "https://parley.example.com/api/agent/run" && sent.httpMethod == "POST")
        #expect(sent.timeoutInterval == 45)
        #expect(
            sent.allHTTPHeaderFields == [
                "Accept": "text/event-stream", "Idempotency-Key": "k", "Content-Type": "application/json",
                "X-Session-Id": "s", "Authorization": "Bearer canary-access",
            ]
        )
        let json: ParleyClient.JSON = try .parsed(sent.httpBody ?? Data())
        let user: ParleyClient.JSON = .object([
            "id": .integer(4), "username": .string("u"), "email": .string("e"), "roles": .array([.string("Back")]),
        ])
        #expect(
            json
                == .object([
                    "prompt": .string("Hi"), "project_id": .integer(1), "milestone_id": .integer(2),
                    "user_story_id": .integer(3), "session_id": .string("s"), "if_busy": .string("interrupt"),
                    "ttl": .string("long"), "restore": .bool(true), "auth_token": .string("canary-access"),
                    "refresh": .string("canary-refresh"), "user_context": user,
                ])
        )
    }

    @Test func whatGoesIntoAPathIsOneElementOfIt() throws {
        let call = Call.history(of: "user:1/../2?é")
        let sent = try call.urlRequest(to: service, tokens: tokens, silence: .seconds(1))
        let address = "https://parley.example.com/api/agent/session/user:1%2F..%2F2%3F%C3%A9"
        #expect(sent.url?.absoluteString == address)
        let erase = try Call.clear("s", erase: true).urlRequest(to: service, tokens: tokens, silence: .seconds(1))
        #expect(erase.url?.query == "erase=true" && erase.httpMethod == "DELETE")
    }

    @Test(arguments: ["ftp://x", "parley", "http:///", "http://x?y=1"])
    func whatIsNoAddressOfAServiceIsNotUsed(_ address: String) throws {
        let url = try #require(URL(string: address))
        let error = #expect(throws: ParleyError.self) {
            try Call.status(of: "r").urlRequest(to: url, tokens: tokens, silence: .seconds(1))
        }
        #expect(error?.code == .unusable)
    }

    @Test func aHistoryIsTyped() throws {
        let stored: ParleyClient.StoredSession = try .parsed(
            """
            {"session_id": "s", "turns": 1, "created_at": 10, "updated_at": 20, "expires_in": 30, "messages": [
              {"role": "user", "content": "Hi"},
              {"role": "assistant", "content": [{"type": "text", "text": "A"}, {"type": "thinking"},
                {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}}]},
              {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "C", "is_error": true}]}]}
            """
        )
        #expect(stored.createdAt == Date(timeIntervalSince1970: 10) && stored.expiresIn == .seconds(30))
        #expect(
            stored.messages.flatMap(\.content) == [
                .text("Hi"), .text("A"), .other(.object(["type": .string("thinking")])),
                .toolUse(id: "t", name: "n", input: .object(["a": .integer(1)])),
                .toolResult(id: "t", content: .string("C"), isError: true),
            ]
        )
        let foreign: ParleyClient.StoredSession = try .parsed(
            #"{"session_id": "s", "messages": [], "turns": null, "created_at": null, "expires_in": null}"#
        )
        #expect(foreign.turns == nil && foreign.createdAt == nil && foreign.expiresIn == nil)
    }

    @Test func tokensPrintAsNothing() {
        #expect(!"\(tokens) \(String(reflecting: tokens))".contains("canary"))
        var dumped = ""
        dump(tokens, to: &dumped)
        #expect(!dumped.contains("canary"))
    }
}

import Agent
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import API

@Suite struct RunRouteTests {
    @Test func answersWithTheWholeContract() async throws {
        let created: [CreatedArtifact] = [
            .userStory(id: 5, ref: 50, subject: "Login"),
            .task(id: 6, ref: 51, subject: "Form", story: .init(id: 5, subject: "Login")),
            .task(id: 7, ref: 52, subject: "Loose", story: nil),
        ]
        let model = ScriptedModel([
            { _ in .asking(for: ToolCall("a", "make")) },
            { _ in .saying("Made them") },
        ])
        let tools = ScriptedTools { _ in ToolResult(text: "{}", created: created) }
        let response = try await withWorker(model: model, tools: tools) { try await $0.run(runBody()) }
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "application/json")
        let runID = try #require(response.json["run_id"]?.stringValue)
        #expect(runID.wholeMatch(of: /run_[0-9a-f]{32}/) != nil)
        var members = try #require(response.json.objectValue)
        members["run_id"] = nil
        #expect(
            JSONValue.object(members) == [
                "session_id": "s1", "summary": "Made them", "warnings": [], "stopped_by": .null,
                "artifacts": [
                    "milestone_id": 499_548,
                    "user_stories": [["id": 5, "subject": "Login", "tasks": [["id": 6, "subject": "Form"]]]],
                    "tasks": [["id": 7, "subject": "Loose"]],
                ],
                "created_artifacts": [
                    ["type": "user_story", "id": 5, "ref": 50, "subject": "Login"],
                    ["type": "task", "id": 6, "ref": 51, "subject": "Form"],
                    ["type": "task", "id": 7, "ref": 52, "subject": "Loose"],
                ],
                "usage": [
                    "input_tokens": 20, "output_tokens": 10, "cache_read_input_tokens": 0,
                    "cache_creation_input_tokens": 0,
                ],
            ]
        )
    }

    @Test func unknownFieldsAreIgnoredAndNullMeansAbsent() async throws {
        let store = ScriptedStore()
        let body = runBody(["session_id": .some(.null), "user_story_id": .some(.null), "colour": "red"])
        let response = try await withWorker(store: store) { try await $0.run(body) }
        #expect(response.status == .ok)
        #expect(response.json["session_id"] == .null)
        #expect(store.records.isEmpty)
    }

    /// As JSON Schema has it.
    @Test func aWholeNumberIsAnIntegerHoweverItIsWritten() async throws {
        let store = ScriptedStore()
        let (whole, broken) = try await withWorker(store: store) { client in
            let whole = try await client.run(runBody(["milestone_id": .double(7)]))
            return (whole, try await client.run(runBody(["milestone_id": .double(7.5), "project_id": .double(1e300)])))
        }
        #expect(whole.json["artifacts"]?["milestone_id"] == 7)
        #expect(broken.problem(.unprocessableContent) == "invalid")
        #expect(broken.json["errors"]?.arrayValue?.map { $0["field"] } == ["project_id", "milestone_id"])
    }

    /// The same.
    @Test func aTextsLengthIsCountedInCharacters() async throws {
        let (longest, tooLong) = try await withWorker { client in
            let user: JSONValue = [
                "id": 1, "username": .string(String(repeating: "ü", count: 255)), "email": "", "roles": [],
            ]
            let longest = try await client.run(runBody(["user_context": user]))
            let name: JSONValue = [
                "id": 1, "username": .string(String(repeating: "ü", count: 256)), "email": "", "roles": [],
            ]
            return (longest, try await client.run(runBody(["user_context": name])))
        }
        #expect(longest.status == .ok)
        #expect(tooLong.problem(.unprocessableContent) == "invalid")
        #expect(
            tooLong.json["errors"]?.arrayValue == [
                ["field": "user_context.username", "message": "must not be longer than 255 characters"]
            ]
        )
    }

    @Test(arguments: [
        "", "{", "[]", "null", "\"x\"", "{} x", #"{"prompt":"a","prompt":"b"}"#, #"{"prompt":"\ud83d"}"#,
        #"{"project_id":1e999}"#, String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000),
        String(repeating: #"{"a":"#, count: 10_000),
    ])
    func whatIsNoProperJSONIsMalformed(_ body: String) async throws {
        let response = try await withWorker { try await $0.run(body) }
        #expect(response.problem(.badRequest) == "malformed")
    }

    @Test func everyWrongFieldIsNamedAtOnce() async throws {
        let body =
            #"{"session_id":"no/slash","project_id":"1","milestone_id":1.5,"user_story_id":0,"prompt":" \n","auth_token":null,"refresh":7,"user_context":{"id":-1,"username":"a\u0000","roles":["ok",3]}}"#
        let response = try await withWorker { try await $0.run(body) }
        #expect(response.problem(.unprocessableContent) == "invalid")
        let fields = response.json["errors"]?.arrayValue?.compactMap { $0["field"]?.stringValue }
        #expect(
            Set(fields ?? []) == [
                "session_id", "project_id", "milestone_id", "user_story_id", "prompt", "auth_token", "refresh",
                "user_context.id", "user_context.username", "user_context.email", "user_context.roles[1]",
            ]
        )
        #expect(
            response.json["errors"]?.arrayValue?.allSatisfy { $0["message"]?.stringValue?.isEmpty == false } == true
        )
    }

    @Test(arguments: [
        ("project_id", JSONValue.double(1e30)), ("project_id", 0), ("project_id", .int(1 << 53)), ("prompt", ""),
        ("prompt", "a\u{0}b"), ("session_id", ""), ("session_id", .string(String(repeating: "x", count: 129))),
        ("user_context", .array([])), ("user_context", .null), ("auth_token", "a\r\nb"), ("session_id", "käse"),
    ])
    func oneWrongFieldIsEnough(_ name: String, _ value: JSONValue) async throws {
        let response = try await withWorker { try await $0.run(runBody([name: value])) }
        #expect(response.problem(.unprocessableContent) == "invalid")
        #expect(response.json["errors"]?.arrayValue?.first?["field"]?.stringValue == name)
    }

    @Test func aWrongContentTypeIsRefused() async throws {
        for type in ["text/plain", "application/jsonx", "multipart/form-data"] {
            let response = try await withWorker { try await $0.run(runBody(), headers: [.contentType: type]) }
            #expect(response.problem(.unsupportedMediaType) == "media-type")
        }
        let accepted = try await withWorker {
            try await $0.run(runBody(), headers: [.contentType: "Application/JSON; charset=utf-8"])
        }
        #expect(accepted.status == .ok)
    }

    @Test func aLargeBodyIsRefused() async throws {
        let body = runBody(["prompt": .string(String(repeating: "x", count: 256 * 1024))])
        let response = try await withWorker { try await $0.run(body) }
        #expect(response.problem(.contentTooLarge) == "too-large")
    }

    @Test(arguments: [
        (ModelError.Code.refused, HTTPResponse.Status.badGateway, "model-failed", String?.none),
        (.unavailable, .badGateway, "model-failed", nil), (.overloaded, .serviceUnavailable, "model-overloaded", "5"),
        (.deadline, .gatewayTimeout, "deadline", "1"),
    ])
    func aModelThatNeverAnsweredIsAProblem(
        _ code: ModelError.Code,
        _ status: HTTPResponse.Status,
        _ problem: String,
        _ retryAfter: String?
    ) async throws {
        let store = ScriptedStore()
        let model = ScriptedModel([{ _ in throw ModelError(code, "internal words") }])
        let response = try await withWorker(model: model, store: store) { try await $0.run(runBody()) }
        #expect(response.problem(status) == problem)
        #expect(response.headers[.retryAfter] == retryAfter)
        #expect(!String(buffer: response.body).contains("internal words"))
        #expect(store.records.isEmpty)
    }

    @Test func aStoreThatIsDownIsAProblem() async throws {
        let store = ScriptedStore()
        store.failNext(StoreError(.unavailable, "secret host"))
        let response = try await withWorker(store: store) { try await $0.run(runBody()) }
        #expect(response.problem(.serviceUnavailable) == "store-unavailable")
        #expect(response.headers[.retryAfter] == "1")
        #expect(!String(buffer: response.body).contains("secret"))
    }

    @Test(arguments: ["{", "{}", "\"text\"", "nonsense"])
    func aHistoryThatIsNoArrayIsAConflict(_ history: String) async throws {
        let store = ScriptedStore(["s1": history])
        let response = try await withWorker(store: store) { try await $0.run(runBody()) }
        #expect(response.problem(.conflict) == "history-unreadable")
        #expect(store.history(of: "s1") == history)
    }

    @Test func aRoleWithoutToolsIsTold() async throws {
        let response = try await withWorker(tools: ScriptedTools(offered: [])) { try await $0.run(runBody()) }
        #expect(response.json["summary"] == "No tools available for your role")
        #expect(response.json["warnings"] == ["User has no permissions"])
    }
}

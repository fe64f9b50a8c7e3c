import Agent
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import API

/// The list of sessions and the cleanup, which are the operators'.
@Suite struct OperatorRouteTests {
    private var guarded: APIConfiguration {
        var configuration = APIConfiguration()
        configuration.operatorToken = Secret("right")
        return configuration
    }

    private let bearer: HTTPFields = [.authorization: "Bearer right"]

    private func list(_ query: String = "", store: ScriptedStore = ScriptedStore()) async throws -> TestResponse {
        try await withWorker(store: store, configuration: guarded) {
            try await $0.execute(uri: "/agent/sessions\(query)", method: .get, headers: bearer)
        }
    }

    @Test func withoutATokenThereIsNoList() async throws {
        let response = try await withWorker {
            try await $0.execute(uri: "/agent/sessions", method: .get, headers: bearer)
        }
        #expect(response.problem(.notFound) == "not-found")
    }

    @Test(arguments: [nil, "Bearer wrong", "Basic right"] as [String?])
    func theListNeedsTheToken(_ authorization: String?) async throws {
        var headers = HTTPFields()
        headers[.authorization] = authorization
        let response = try await withWorker(store: ScriptedStore(["s": "[]"]), configuration: guarded) { [headers] in
            try await $0.execute(uri: "/agent/sessions?limit=x", method: .get, headers: headers)
        }
        #expect(response.problem(.unauthorized) == "unauthorized")
    }

    @Test func listsSessionsPageByPage() async throws {
        let store = ScriptedStore(["a": "[1]", "b": "[]", "c": "[]"])
        let first = try await list("?limit=2&cursor=", store: store)
        #expect(first.status == .ok)
        #expect(
            first.json["sessions"]?.arrayValue?.first == [
                "session_id": "a", "owner": .null, "turns": .null, "created_at": .null, "updated_at": .null,
                "expires_in": .null, "bytes": 3, "run_id": .null, "waiting": 0,
            ]
        )
        #expect(first.json["sessions"]?.arrayValue?.count == 2)
        #expect(first.json["cursor"] == "2")
        let last = try await list("?limit=2&owner=user:7&cursor=2&unknown=1", store: store)
        #expect(last.json["sessions"]?.arrayValue?.compactMap { $0["session_id"] } == ["c"])
        #expect(last.json["sessions"]?.arrayValue?.first?["owner"] == "user:7")
        #expect(last.json["cursor"] == .null)
    }

    @Test func theOwnerMayBePercentEncoded() async throws {
        let response = try await list("?owner=user%3A7", store: ScriptedStore(["a": "[]"]))
        #expect(response.json["sessions"]?.arrayValue?.first?["owner"] == "user:7")
    }

    @Test func allWrongParametersAreToldAtOnce() async throws {
        let response = try await list("?owner=me&cursor=x&limit=0")
        #expect(response.problem(.unprocessableContent) == "invalid")
        let fields = response.json["errors"]?.arrayValue?.compactMap { $0["field"]?.stringValue }
        #expect(fields == ["owner", "cursor", "limit"])
    }

    @Test(arguments: ["limit=1001", "limit=-1", "limit=ten", "limit=", "cursor=1~", "cursor=1~a%20b", "owner=user:x"])
    func aWrongParameterIsInvalid(_ query: String) async throws {
        #expect(try await list("?" + query).problem(.unprocessableContent) == "invalid")
    }

    @Test func aStoreThatIsDownHasNoList() async throws {
        let store = ScriptedStore()
        store.failNext(StoreError(.unavailable, "down"))
        #expect(try await list(store: store).problem(.serviceUnavailable) == "store-unavailable")
    }

    @Test(arguments: [
        ("", ""), ("?dry_run=false", ""), ("", "{}"), ("", #"{"dry_run":null}"#),
        ("?dry_run=false", #"{"dry_run":false}"#),
    ])
    func cleansUp(_ query: String, _ body: String) async throws {
        let response = try await cleanup(query, body)
        #expect(response.json == ["status": "cleaned", "removed": 3])
    }

    @Test(arguments: [
        ("?dry_run=true", ""), ("", #"{"dry_run":true}"#), ("?dry_run=false", #"{"dry_run":true}"#),
        ("?dry_run=true", #"{"dry_run":false}"#),
    ])
    func aDryRunOnlyCounts(_ query: String, _ body: String) async throws {
        let response = try await cleanup(query, body)
        #expect(response.json == ["status": "dry_run", "removed": 0, "stale": 5])
    }

    @Test(arguments: [
        ("?dry_run=", "", "invalid", .unprocessableContent),
        ("?dry_run=1", "", "invalid", HTTPResponse.Status.unprocessableContent),
        ("", #"{"dry_run":"true"}"#, "invalid", .unprocessableContent),
        ("", "[]", "malformed", .badRequest), ("", "{", "malformed", .badRequest),
    ])
    func aDoubtfulCleanupIsNone(_ query: String, _ body: String, _ code: String, _ status: HTTPResponse.Status)
        async throws
    {
        #expect(try await cleanup(query, body).problem(status) == code)
    }

    @Test func aBodyOfUnknownTypeIsNotReadAsNone() async throws {
        let response = try await withWorker { client in
            try await client.execute(
                uri: "/agent/session/cleanup",
                method: .post,
                headers: [.contentType: "application/x-www-form-urlencoded"],
                body: ByteBuffer(string: #"{"dry_run":true}"#)
            )
        }
        #expect(response.problem(.unsupportedMediaType) == "media-type")
    }

    private func cleanup(_ query: String, _ body: String) async throws -> TestResponse {
        try await withWorker { client in
            try await client.execute(
                uri: "/agent/session/cleanup\(query)",
                method: .post,
                headers: [.contentType: "application/json"],
                body: ByteBuffer(string: body)
            )
        }
    }
}

import Agent
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import API

/// What a request makes of its session, key and manners, and what the store's answer becomes on the wire.
@Suite struct ClaimTests {
    private func headers(_ key: String) -> HTTPFields { [.idempotencyKey: key, .contentType: "application/json"] }

    @Test func theClaimSaysWhatTheRequestAsksFor() async throws {
        let store = ScriptedStore()
        let body = runBody(["if_busy": "interrupt", "ttl": "short"])
        let response = try await withWorker(store: store) { try await $0.run(body, headers: headers("k1")) }
        #expect(response.status == .ok)
        let claim = try #require(store.claims.first)
        #expect(claim.principal == Principal(userID: 738_718))
        #expect(claim.ifBusy == .interrupt)
        #expect(claim.idempotency?.key.count == 64)
        #expect(store.records.first?.change?.timeToLive == 300)
        #expect(store.records.first?.answer == Array(response.body.readableBytesView))
    }

    @Test func tokensAndTheWayOfWritingDoNotMakeAnotherRequest() async throws {
        let store = ScriptedStore()
        let same = [
            runBody(), runBody(["auth_token": "other", "refresh": "other"]), runBody(["user_story_id": .some(.null)]),
            " " + runBody(),
        ]
        let model = ScriptedModel(texts: Array(repeating: "ok", count: 5))
        try await withWorker(model: model, store: store) { client in
            for body in same + [runBody(["prompt": "Another"])] {
                _ = try await client.run(body, headers: headers("k"))
            }
        }
        let requests = store.claims.compactMap(\.idempotency?.request)
        #expect(Set(requests.prefix(4)).count == 1)
        #expect(requests.last != requests.first)
    }

    @Test func aReplayIsMarked() async throws {
        let store = ScriptedStore()
        store.admitNext(.replayed(answer: Array(#"{"summary":"before"}"#.utf8)))
        let response = try await withWorker(store: store) { try await $0.run(runBody(), headers: headers("k")) }
        #expect(response.status == .ok)
        #expect(response.headers[.idempotentReplayed] == "true")
        #expect(response.json == ["summary": "before"])
    }

    @Test(arguments: [
        (TurnAdmission.busy(runID: "run_x"), HTTPResponse.Status.conflict, "session-busy", String?.some("1")),
        (.overloaded, .tooManyRequests, "overloaded", "1"), (.notFound, .notFound, "not-found", nil),
        (.cleared, .conflict, "cleared", nil), (.keyReused, .unprocessableContent, "key-reused", nil),
    ])
    func aRefusedClaimIsAProblem(
        _ admission: TurnAdmission,
        _ status: HTTPResponse.Status,
        _ problem: String,
        _ retryAfter: String?
    ) async throws {
        let store = ScriptedStore()
        store.admitNext(admission)
        let response = try await withWorker(store: store) { try await $0.run(runBody()) }
        #expect(response.problem(status) == problem)
        #expect(response.headers[.retryAfter] == retryAfter)
        #expect(response.json["run_id"]?.stringValue == (problem == "session-busy" ? "run_x" : nil))
    }

    @Test(arguments: ["", "two words", "k\u{e9}", String(repeating: "k", count: 256)])
    func aBadKeyIsInvalid(_ key: String) async throws {
        let response = try await withWorker { try await $0.run(runBody(), headers: headers(key)) }
        #expect(response.problem(.unprocessableContent) == "invalid")
        #expect(response.json["errors"]?.arrayValue?.first?["field"] == "Idempotency-Key")
    }

    @Test(arguments: [("if_busy", "queue"), ("ttl", "forever"), ("ttl", 300)] as [(String, JSONValue)])
    func anUnknownChoiceIsInvalid(_ name: String, _ value: JSONValue) async throws {
        let response = try await withWorker { try await $0.run(runBody([name: value])) }
        #expect(response.problem(.unprocessableContent) == "invalid")
        #expect(response.json["errors"]?.arrayValue?.first?["field"]?.stringValue == name)
    }

    @Test func cleanupNeedsTheOperatorsTokenOnceThereIsOne() async throws {
        var configuration = APIConfiguration()
        configuration.operatorToken = Secret("right")
        let statuses = try await withWorker(configuration: configuration) { client in
            var statuses: [HTTPResponse.Status] = []
            for token in [nil, "Bearer wrong", "Bearer righ", "Basic right", "Bearer right", "bearer right"]
                as [String?]
            {
                var headers = HTTPFields()
                headers[.authorization] = token
                let uri = "/agent/session/cleanup"
                statuses.append(try await client.execute(uri: uri, method: .post, headers: headers).status)
            }
            return statuses
        }
        #expect(statuses == [.unauthorized, .unauthorized, .unauthorized, .unauthorized, .ok, .ok])
    }
}

import Agent
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import API

@Suite struct SessionRouteTests {
    @Test func showsWhatIsStoredByteForByte() async throws {
        let history = #"[{"role": "user",  "content": "Caf\u00e9"}]"#
        let store = ScriptedStore(["s1": history])
        let response = try await withWorker(store: store) {
            try await $0.execute(uri: "/agent/session/s1", method: .get)
        }
        #expect(response.status == .ok)
        #expect(String(buffer: response.body).contains(history))
        #expect(response.json["turns"] == .null)
    }

    @Test func showsTheTurnsOfARunSession() async throws {
        let json = try await withWorker { client in
            _ = try await client.run(runBody(["session_id": "a.b_c:d-e"]))
            return try await client.execute(uri: "/agent/session/a.b_c%3Ad-e", method: .get).json
        }
        #expect(json["session_id"] == "a.b_c:d-e")
        #expect(json["messages"]?.arrayValue?.count == 2)
        #expect(json["turns"] == 1)
        #expect(json["created_at"] == 1)
        #expect(json["updated_at"] == 2)
        #expect(json["expires_in"] == 1800)
    }

    @Test func noSessionIsNotFound() async throws {
        let response = try await withWorker { try await $0.execute(uri: "/agent/session/none", method: .get) }
        #expect(response.problem(.notFound) == "not-found")
    }

    @Test func clearingIsAlwaysCleared() async throws {
        let store = ScriptedStore(["s1": "[]"])
        let (first, second) = try await withWorker(store: store) { client in
            let first = try await client.execute(uri: "/agent/session/s1", method: .delete)
            return (first, try await client.execute(uri: "/agent/session/s1", method: .delete))
        }
        for response in [first, second] {
            #expect(response.status == .ok)
            #expect(response.json == ["status": "cleared", "session_id": "s1"])
        }
        #expect(store.history(of: "s1") == nil)
    }

    @Test(arguments: [HTTPRequest.Method.get, .delete])
    func aBadIDIsInvalid(_ method: HTTPRequest.Method) async throws {
        let response = try await withWorker { try await $0.execute(uri: "/agent/session/a%20b", method: method) }
        #expect(response.problem(.unprocessableContent) == "invalid")
        #expect(response.json["errors"]?.arrayValue?.first?["field"] == "session_id")
    }

    @Test(arguments: [
        ("/agent/session/s1", HTTPRequest.Method.get), ("/agent/session/s1", .delete),
        ("/agent/session/cleanup", .post), ("/ready", .get),
    ])
    func aStoreThatIsDownIsAProblem(_ uri: String, _ method: HTTPRequest.Method) async throws {
        let store = ScriptedStore()
        store.failNext(StoreError(.unavailable, "down"))
        let response = try await withWorker(store: store) { try await $0.execute(uri: uri, method: method) }
        #expect(response.problem(.serviceUnavailable) == "store-unavailable")
    }

    @Test func cleanupTellsHowMany() async throws {
        let response = try await withWorker { try await $0.execute(uri: "/agent/session/cleanup", method: .post) }
        #expect(response.json == ["status": "cleaned", "removed": 3])
    }

    @Test func healthAndReadiness() async throws {
        let store = ScriptedStore()
        let (health, ready) = try await withWorker(store: store) { client in
            let ready = try await client.execute(uri: "/ready", method: .get)
            store.failNext(StoreError(.unavailable, "down"))
            return (try await client.execute(uri: "/health", method: .get), ready)
        }
        #expect(health.status == .ok)
        #expect(health.json == ["status": "ok", "store": "scripted", "model": "scripted", "tools": "scripted"])
        #expect(ready.status == .ok)
    }
}

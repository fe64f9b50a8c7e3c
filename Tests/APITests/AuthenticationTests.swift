import Agent
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import API

/// Who may do what where Taiga says who somebody is.
@Suite struct AuthenticationTests {
    private let bearer: HTTPFields = [.authorization: "Bearer canary-token"]

    @Test func aRunBelongsToTheUserOfItsToken() async throws {
        let store = ScriptedStore()
        let taiga = ScriptedAuthenticator(["canary-token": 738_718])
        try await withWorker(store: store, authenticator: taiga) { client in
            let response = try await client.run(runBody())
            #expect(response.status == .ok)
        }
        #expect(store.claims.map(\.principal) == [Principal(userID: 738_718)])
    }

    @Test func aBodyThatClaimsAnotherUserIsRefused() async throws {
        let store = ScriptedStore()
        let taiga = ScriptedAuthenticator(["canary-token": 1])
        try await withWorker(store: store, authenticator: taiga) { client in
            let response = try await client.run(runBody())
            #expect(response.problem(.unprocessableContent) == "invalid")
            #expect(response.json["errors"]?.arrayValue?.first?["field"] == "user_context.id")
        }
        #expect(store.claims.isEmpty)
    }

    @Test func aTokenThatIsNotAcceptedIs401AndATaigaThatIsAwayIs503() async throws {
        try await withWorker(authenticator: ScriptedAuthenticator([:])) { client in
            let response = try await client.run(runBody())
            #expect(response.problem(.unauthorized) == "unauthorized")
        }
        try await withWorker(authenticator: ScriptedAuthenticator([:], isAway: true)) { client in
            let response = try await client.run(runBody())
            #expect(response.problem(.serviceUnavailable) == "taiga-unavailable")
            #expect(response.headers[.retryAfter] == "1")
        }
    }

    @Test func readingAndClearingNeedTheToken() async throws {
        let store = ScriptedStore(["s1": "[]"])
        let taiga = ScriptedAuthenticator(["canary-token": 738_718])
        try await withWorker(store: store, authenticator: taiga) { [bearer] client in
            for method in [HTTPRequest.Method.get, .delete] {
                let open = try await client.execute(uri: "/agent/session/s1", method: method)
                #expect(open.problem(.unauthorized) == "unauthorized")
                let wrong: HTTPFields = [.authorization: "Bearer another"]
                let refused = try await client.execute(uri: "/agent/session/s1", method: method, headers: wrong)
                #expect(refused.problem(.unauthorized) == "unauthorized")
                let own = try await client.execute(uri: "/agent/session/s1", method: method, headers: bearer)
                #expect(own.status == .ok)
            }
        }
    }

    /// The answer was lost, the tokens of the retry are dead, and the new pair is in the answer.
    @Test func aRetryWithDeadTokensIsAnsweredBeforeTaigaIsAsked() async throws {
        let store = ScriptedStore()
        let taiga = ScriptedAuthenticator(["canary-token": 738_718], refreshing: true)
        let key: HTTPFields = [.idempotencyKey: "k"]
        try await withWorker(store: store, authenticator: taiga) { client in
            let first = try await client.run(runBody(), headers: key)
            #expect(first.json["auth"] == ["auth_token": "new-token", "refresh": "new-refresh"])
            taiga.forget()
            let asked = taiga.asked
            let retry = try await client.run(runBody(), headers: key)
            #expect(retry.json["auth"] == ["auth_token": "new-token", "refresh": "new-refresh"])
            #expect(retry.headers[.idempotentReplayed] == "true")
            #expect(taiga.asked == asked)
            // Somebody else with the same words and key, and other tokens.
            let stranger = try await client.run(runBody(["refresh": "another"]), headers: key)
            #expect(stranger.problem(.unauthorized) == "unauthorized")
        }
    }
}

import Agent
import HTTPTypes
import HummingbirdTesting
import TestSupport
import Testing

@testable import API

@Suite struct HeaderTests {

    @Test func aPlainRequestIDIsTakenAndAnyOtherReplaced() async throws {
        let name = HTTPField.Name.requestID
        let ids = try await withWorker { client in
            var ids: [String?] = []
            for offered in ["abc-1", "spaces are not plain", String(repeating: "x", count: 65), ""] {
                let response = try await client.execute(uri: "/health", method: .get, headers: [name: offered])
                ids.append(response.headers[name])
            }
            return ids
        }
        #expect(ids[0] == "abc-1")
        for id in ids.dropFirst() { #expect(id?.wholeMatch(of: /[0-9a-f]{16}/) != nil) }
        #expect(Set(ids).count == 4)
    }

    @Test func anUnknownPathIsAProblemToo() async throws {
        let response = try await withWorker { try await $0.execute(uri: "/nowhere", method: .get) }
        #expect(response.problem(.notFound) == "not-found")
    }

    @Test func everyOriginMayCallByDefault() async throws {
        let response = try await withWorker {
            try await $0.run(
                runBody(),
                headers: [.origin: "https://app.example.com", .contentType: "application/json"]
            )
        }
        #expect(response.headers[.accessControlAllowOrigin] == "*")
        #expect(response.headers[.accessControlAllowCredentials] == nil)
        #expect(response.headers[.accessControlExposeHeaders] == "Retry-After, Idempotent-Replayed, X-Request-Id")
    }

    @Test func problemsCarryTheCrossOriginHeadersToo() async throws {
        let response = try await withWorker {
            try await $0.run("{", headers: [.origin: "https://app.example.com", .contentType: "application/json"])
        }
        #expect(response.headers[.accessControlAllowOrigin] == "*")
    }

    @Test func onlyTheAllowedOriginsMayCall() async throws {
        var configuration = APIConfiguration()
        configuration.allowedOrigins = .only(["https://a.example", "https://b.example"])
        let origins = try await withWorker(configuration: configuration) { client in
            var origins: [String?] = []
            for origin in ["https://a.example", "https://b.example", "https://evil.example"] {
                let response = try await client.execute(uri: "/health", method: .get, headers: [.origin: origin])
                origins.append(response.headers[.accessControlAllowOrigin])
            }
            return origins
        }
        #expect(origins == ["https://a.example", "https://b.example", nil])
    }

    @Test func preflightsAreAnswered() async throws {
        let response = try await withWorker {
            try await $0.execute(
                uri: "/agent/run",
                method: .options,
                headers: [
                    .origin: "https://app.example.com", .accessControlRequestMethod: "POST",
                    .accessControlRequestHeaders: "content-type,idempotency-key",
                ]
            )
        }
        #expect(response.status == .noContent)
        #expect(response.headers[.accessControlAllowMethods]?.contains("DELETE") == true)
        let allowed = response.headers[.accessControlAllowHeaders]?.lowercased() ?? ""
        for name in ["content-type", "authorization", "idempotency-key", "x-session-id"] {
            #expect(allowed.contains(name))
        }
    }
}

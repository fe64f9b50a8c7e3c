import Agent
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import API

/// What clients are told that cannot ask the project-management system themselves.
@Suite struct DirectoryRouteTests {
    private let bearer: HTTPFields = [.authorization: "Bearer good"]
    private static let lists = [
        "/agent/projects", "/agent/projects/1/milestones", "/agent/projects/1/user_stories?milestone_id=2",
    ]

    private func get(
        _ uri: String,
        _ headers: HTTPFields = [:],
        from directory: ScriptedDirectory? = ScriptedDirectory()
    ) async throws -> TestResponse {
        try await withWorker(directory: directory) { try await $0.execute(uri: uri, method: .get, headers: headers) }
    }

    private func login(
        _ body: String,
        at directory: ScriptedDirectory? = ScriptedDirectory()
    ) async throws -> TestResponse {
        try await withWorker(directory: directory) { client in
            try await client.execute(
                uri: "/agent/login",
                method: .post,
                headers: [.contentType: "application/json"],
                body: ByteBuffer(string: body)
            )
        }
    }

    @Test func withoutADirectoryThereAreNoSuchRoutes() async throws {
        for uri in Self.lists + ["/agent/setup"] {
            #expect(try await get(uri, from: nil).problem(.notFound) == "not-found")
        }
        #expect(try await login("{}", at: nil).problem(.notFound) == "not-found")
    }

    @Test func aGuestIsToldWhoTheyAre() async throws {
        let directory = ScriptedDirectory(guest: Guest(user: ScriptedDirectory.user, projectID: 1, milestoneID: 2))
        let setup = try await get("/agent/setup", from: directory)
        #expect(setup.status == .ok)
        #expect(
            setup.json == [
                "sign_in": "none", "project_id": 1, "milestone_id": 2,
                "user": ["id": 7, "username": "ann", "email": "ann@example.com", "roles": ["Back"]],
            ]
        )
        #expect(try await login("{}", at: directory).problem(.notFound) == "not-found")
        for uri in Self.lists { #expect(try await get(uri, from: directory).status == .ok) }
    }

    @Test func othersAreToldToSignIn() async throws {
        let setup = try await get("/agent/setup")
        #expect(setup.json == ["sign_in": "taiga", "user": .null, "project_id": .null, "milestone_id": .null])
    }

    @Test func whoSignsInGetsTokensThatNobodyKeeps() async throws {
        let response = try await login(#"{"username":"ann","password":"right"}"#)
        #expect(response.status == .ok)
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(
            response.json == [
                "auth_token": "good", "refresh": "again",
                "user": ["id": 7, "username": "ann", "email": "ann@example.com", "roles": ["Back"]],
            ]
        )
    }

    @Test func aWrongPasswordIsUnauthorized() async throws {
        let response = try await login(#"{"username":"ann","password":"wrong"}"#)
        #expect(response.problem(.unauthorized) == "unauthorized")
    }

    @Test(arguments: [
        ("{}", ["username", "password"]), (#"{"username":"","password":" "}"#, ["username", "password"]),
        (#"{"username":1,"password":"x"}"#, ["username"]), (#"{"username":"a","password":"a\u0000"}"#, ["password"]),
    ])
    func aDoubtfulLoginIsNotPassedOn(_ body: String, _ fields: [String]) async throws {
        let directory = ScriptedDirectory()
        let response = try await login(body, at: directory)
        #expect(response.problem(.unprocessableContent) == "invalid")
        #expect(response.json["errors"]?.arrayValue?.compactMap { $0["field"]?.stringValue } == fields)
        #expect(directory.questions.isEmpty)
    }

    @Test func theListsAreThoseOfTheToken() async throws {
        let directory = ScriptedDirectory()
        var answers: [JSONValue] = []
        for uri in Self.lists { answers.append(try await get(uri, bearer, from: directory).json) }
        #expect(
            answers == [
                ["projects": [["id": 1, "name": "One"]]],
                ["milestones": [["id": 2, "name": "Two", "closed": true]]],
                ["user_stories": [["id": 3, "ref": 4, "subject": "Three"]]],
            ]
        )
        #expect(directory.questions == ["projects", "milestones of 1", "stories of 1 in 2"])
    }

    @Test(arguments: lists) func theListsNeedAToken(_ uri: String) async throws {
        #expect(try await get(uri).problem(.unauthorized) == "unauthorized")
        let expired: HTTPFields = [.authorization: "Bearer expired"]
        #expect(try await get(uri, expired).problem(.unauthorized) == "unauthorized")
    }

    @Test func whatIsNoProjectIsNotFoundAndWhatIsNoMilestoneIsInvalid() async throws {
        for id in ["x", "0", "-1", "9007199254740992"] {
            for list in ["milestones", "user_stories"] {
                #expect(try await get("/agent/projects/\(id)/\(list)", bearer).problem(.notFound) == "not-found")
            }
        }
        let response = try await get("/agent/projects/1/user_stories?milestone_id=x", bearer)
        #expect(response.problem(.unprocessableContent) == "invalid")
        #expect(response.json["errors"]?.arrayValue?.first?["field"] == "milestone_id")
    }

    @Test(
        arguments: [
            (DirectoryError(.notFound, "x"), HTTPResponse.Status.notFound, "not-found", nil),
            (DirectoryError(.unavailable, "x"), .serviceUnavailable, "taiga-unavailable", "1"),
            (DirectoryError(.overloaded, "x", retryAfter: 17), .tooManyRequests, "overloaded", "17"),
        ] as [(DirectoryError, HTTPResponse.Status, String, String?)]
    )
    func troubleIsToldApart(
        _ error: DirectoryError,
        _ status: HTTPResponse.Status,
        _ code: String,
        _ retryAfter: String?
    ) async throws {
        let directory = ScriptedDirectory(failure: error)
        var responses = [try await login(#"{"username":"ann","password":"right"}"#, at: directory)]
        for uri in Self.lists { responses.append(try await get(uri, bearer, from: directory)) }
        for response in responses {
            #expect(response.problem(status) == code)
            #expect(response.headers[.retryAfter] == retryAfter)
        }
    }
}

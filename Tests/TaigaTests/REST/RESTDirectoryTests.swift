import Agent
import TestSupport
import Testing

@testable import Taiga

/// A Taiga server, for clients that ask what there is.
@Suite(.timeLimit(.minutes(1))) struct RESTDirectoryTests {
    private func error(_ body: () async throws -> Void) async -> DirectoryError? {
        await #expect(throws: DirectoryError.self) { try await body() }
    }

    private func desk(of stage: RESTStage) throws -> any SignIn {
        guard case .signIn(let desk) = stage.taiga.directory.entrance else { throw Unexpected(text: "open") }
        return desk
    }

    @Test("Who signs in gets a pair that Taiga takes")
    func signsIn() async throws {
        try await withTaiga { stage in
            let directory = stage.taiga.directory
            let signedIn = try await desk(of: stage).signIn("ALEX.smith", Secret("pw-123456"))
            let user = UserContext(
                id: Users.smith,
                username: "alex.smith",
                email: "alex.smith@example.com",
                roles: ["Back"]
            )
            #expect(signedIn.user == user)
            let projects = try await directory.projects(of: signedIn.credentials.authToken)
            #expect(projects == [ListedProject(id: 1_729_875, name: "Mobile App")])
            let renewed = stage.run(with: signedIn.credentials)
            stage.server.change { $0.expireAccessTokens() }
            #expect(await !stage.tools.call(ToolCall("taiga_get_project"), in: renewed).isError)
        }
    }

    @Test("A wrong password, an unknown name, an empty one")
    func refusesToSignIn() async throws {
        try await withTaiga { stage in
            let desk = try desk(of: stage)
            for (name, password) in [("alex.smith", "nope"), ("nobody", "pw-123456"), ("", "")] {
                let error = await error { _ = try await desk.signIn(name, Secret(password)) }
                #expect(error?.code == .unauthorized)
            }
        }
    }

    @Test("A Taiga that throttles sign-ins, fails, breaks off, or says something else")
    func signInTrouble() async throws {
        let cases: [(TaigaServer.Fault, DirectoryError.Code, Int?)] = [
            (.answer(.throttled(17)), .overloaded, 17),
            (.answer(.json(429, ["_error_message": "Throttled"])), .overloaded, 60),
            (.answer(.failed), .unavailable, nil), (.answer(.noSuchPath), .unavailable, nil),
            (.cutBefore, .unavailable, nil),
            (.answer(.json(200, ["id": 1, "username": "x", "roles": []])), .unavailable, nil),
            (.answer(.json(200, [])), .unavailable, nil),
        ]
        try await withTaiga { stage in
            let desk = try desk(of: stage)
            for (fault, code, retryAfter) in cases {
                stage.server.fail { _ in fault }
                let error = await error { _ = try await desk.signIn("alex.smith", Secret("pw-123456")) }
                #expect(error?.code == code && error?.retryAfter == retryAfter, "\(fault)")
            }
            // A password is a guess, and each guess counts: it is sent once.
            #expect(stage.server.count("POST", "/auth") == cases.count)
        }
    }

    @Test("Each sees their own projects, with milestones and stories")
    func lists() async throws {
        try await withTaiga { stage in
            let directory = stage.taiga.directory
            let token = stage.server.signIn(Users.requester).authToken
            #expect(try await directory.projects(of: token).map(\.id) == [1_729_875, 1_729_876])
            #expect(
                try await directory.milestones(of: 1_729_875, for: token) == [
                    ListedMilestone(id: 499_548, name: "Sprint 2", isClosed: false),
                    ListedMilestone(id: 499_547, name: "Sprint 1", isClosed: true),
                ]
            )
            for subject in ["A", "B"] {
                let call = ToolCall("taiga_create_user_story", ["subject": .string(subject)])
                #expect(await stage.tools.call(call, in: stage.run()).created.count == 1)
            }
            let backlog = ToolCall("taiga_create_user_story", ["subject": "C"])
            _ = await stage.tools.call(backlog, in: stage.run(milestone: 499_547))
            let inSprint = try await directory.userStories(of: 1_729_875, in: sprint, for: token)
            #expect(inSprint.map(\.subject) == ["A", "B"])
            let all = try await directory.userStories(of: 1_729_875, in: nil, for: token)
            #expect(all.map(\.subject) == ["A", "B", "C"] && all.map(\.ref) == [1, 2, 3])
        }
    }

    @Test("A list is bounded")
    func bounded() async throws {
        var world = TaigaWorld.demo()
        let model = world.projects[0].milestones[0]
        world.projects[0].milestones = (1...600).map { number in
            var milestone = model
            milestone.id = number
            milestone.isClosed = number.isMultiple(of: 2)
            return milestone
        }
        try await withTaiga(world) { stage in
            let token = stage.server.signIn(Users.requester).authToken
            let listed = try await stage.taiga.directory.milestones(of: 1_729_875, for: token)
            #expect(listed.count == 500 && listed.prefix(2).map(\.id) == [599, 597] && listed[300].id == 600)
            _ = try await stage.taiga.directory.projects(of: token)
            _ = try await stage.taiga.directory.userStories(of: 1_729_875, in: nil, for: token)
            let sizes = stage.server.requests.compactMap { $0.query["page_size"] }
            #expect(sizes == ["500", "500"])
        }
    }

    @Test("No token, an expired one, and one of somebody who takes no part")
    func strangers() async throws {
        try await withTaiga { stage in
            let directory = stage.taiga.directory
            let token = stage.server.signIn(Users.requester).authToken
            stage.server.change { $0.expireAccessTokens() }
            for token in [nil, token] {
                let codes = [
                    await error { _ = try await directory.projects(of: token) },
                    await error { _ = try await directory.milestones(of: 1_729_875, for: token) },
                    await error { _ = try await directory.userStories(of: 1_729_875, in: nil, for: token) },
                ].map { $0?.code }
                #expect(codes == [.unauthorized, .unauthorized, .unauthorized])
            }
            let outsider = stage.server.signIn(Users.outsider).authToken
            let foreign = await error { _ = try await directory.milestones(of: 1_729_875, for: outsider) }
            let hidden = await error { _ = try await directory.userStories(of: 1_729_875, in: nil, for: outsider) }
            let missing = await error { _ = try await directory.milestones(of: 5, for: outsider) }
            #expect([foreign, hidden, missing].map { $0?.code } == [.notFound, .notFound, .notFound])
        }
    }

    @Test("Who may not see milestones or stories sees none")
    func rights() async throws {
        var world = TaigaWorld.demo()
        world.setRole(TaigaWorld.Role(9, "Guest", ["view_project"]), of: Users.smith, in: 1_729_875)
        try await withTaiga(world) { stage in
            let token = stage.server.signIn(Users.smith).authToken
            let milestones = try await stage.taiga.directory.milestones(of: 1_729_875, for: token)
            let stories = try await stage.taiga.directory.userStories(of: 1_729_875, in: sprint, for: token)
            #expect(milestones.isEmpty && stories.isEmpty)
        }
    }

    @Test("A Taiga that throttles or is away")
    func trouble() async throws {
        try await withTaiga { stage in
            let directory = stage.taiga.directory
            let token = stage.server.signIn(Users.requester).authToken
            stage.server.fail { _ in .answer(.throttled(17)) }
            let throttled = await error { _ = try await directory.projects(of: token) }
            #expect(throttled?.code == .overloaded && throttled?.retryAfter == 17)
            stage.server.fail { _ in .answer(.failed) }
            let failed = await error { _ = try await directory.projects(of: token) }
            #expect(failed?.code == .unavailable)
        }
    }
}

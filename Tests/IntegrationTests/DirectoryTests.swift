import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// A client that knows nothing but the worker's address, as the chat page does.
@Suite(.timeLimit(.minutes(2))) struct DirectoryTests {
    @Test func overTheSandboxNobodySignsIn() async throws {
        try await ParleyWorker.with { worker in
            try await Phone.using { web in
                let phone = Phone(web: web, url: worker.url)
                let setup = try await phone.get("/agent/setup").json
                #expect(setup["sign_in"] == "none" && setup["user"]?["id"] == 738_718)
                let project = try #require(setup["project_id"]?.intValue)
                let projects = try await phone.get("/agent/projects").json
                #expect(projects["projects"]?.arrayValue?.map { $0["id"] } == [.int(project)])
                let milestones = try await phone.get("/agent/projects/\(project)/milestones").json
                #expect(milestones["milestones"]?.arrayValue?.first?["id"] == setup["milestone_id"])
                let query = "?milestone_id=\(setup["milestone_id"]?.intValue ?? 0)"
                let stories = try await phone.get("/agent/projects/\(project)/user_stories\(query)").json
                #expect(stories["user_stories"]?.arrayValue?.count == 2)
                #expect(try await phone.login("jdlafond", "x").status == 404)
            }
        }
    }

    @Test(arguments: ["taiga", "off"])
    func overTaigaAUserSignsInAndStartsARunAndNothingIsLogged(_ auth: String) async throws {
        try await TaigaServer.serving { taiga in
            taiga.change { $0.users[1].password = "canary-password" }
            let settings = ["TAIGA_URL": taiga.url, "AUTH": auth, "LOG_LEVEL": "trace"]
            let output = try await ParleyWorker.with(settings) { worker in
                try await Phone.using { web in
                    let nobody = Phone(web: web, url: worker.url)
                    let setup = try await nobody.get("/agent/setup").json
                    #expect(setup["sign_in"] == "taiga" && setup["user"] == .null && setup["project_id"] == .null)
                    #expect(try await nobody.get("/agent/projects").problem == "unauthorized")
                    #expect(try await nobody.login("jdlafond", "canary-wrong").problem == "unauthorized")

                    let signedIn = try await nobody.login("jdlafond", "canary-password").json
                    #expect(signedIn["user"]?["id"] == 738_718 && signedIn["user"]?["username"] == "jdlafond")
                    let tokens = Credentials(
                        authToken: Secret(signedIn["auth_token"]?.stringValue ?? ""),
                        refresh: Secret(signedIn["refresh"]?.stringValue ?? "")
                    )
                    let user = Phone(web: web, url: worker.url, session: "s", tokens: tokens)
                    let projects = try await user.get("/agent/projects").json["projects"]?.arrayValue
                    #expect(projects?.map { $0["id"] } == [1_729_875, 1_729_876])
                    #expect(try await user.get("/agent/projects/1729875/milestones").status == 200)
                    let asked = try await user.say("Create tasks for Alex")
                    #expect(asked.summary.contains("3 users named Alex"), "\(asked.json)")

                    taiga.change { $0.expireAccessTokens() }
                    #expect(try await user.get("/agent/projects/1729876/milestones").problem == "unauthorized")
                    taiga.fail { $0.path == "/auth" ? .answer(.throttled(17)) : nil }
                    let throttled = try await nobody.login("jdlafond", "canary-password")
                    #expect(throttled.problem == "overloaded" && throttled.headers["retry-after"] == "17")
                }
                await worker.process.stop()
                return worker.output
            }
            #expect(output.contains("/agent/login"))
            #expect(!output.contains("canary") && !output.contains("eyJhbGciOiJIUzI1NiJ9"))
        }
    }

    @Test func toolServersAloneTellNothing() async throws {
        try await ParleyWorker.with(["MCP_URLS": "http://127.0.0.1:9/mcp"]) { worker in
            try await Phone.using { web in
                let phone = Phone(web: web, url: worker.url)
                for path in ["/agent/setup", "/agent/projects", "/agent/projects/1729875/milestones"] {
                    let answer = try await phone.get(path)
                    #expect(answer.problem == "not-found")
                }
                let login = try await phone.login("jdlafond", "x")
                #expect(login.problem == "not-found")
            }
        }
    }
}

extension Phone {
    fileprivate func login(_ username: String, _ password: String) async throws -> Answer {
        let body: JSONValue = ["username": .string(username), "password": .string(password)]
        return try await post("/agent/login", body.encoded())
    }
}

import Agent
import TestSupport
import Testing
import WebClient

@testable import Taiga

/// The stand-in against captures of a real Taiga: the same requests give the same statuses and shapes.
@Suite(.timeLimit(.minutes(1))) struct StandInTests {
    @Test("Each sample, in order")
    func captures() async throws {
        var world = TaigaWorld.demo()
        let story = world.add(.story, "S", to: 1_729_875, milestone: sprint, tags: ["seed"]).id
        let task = world.add(.task, "T", to: 1_729_875, milestone: sprint).id
        try await withTaiga(world) { stage in
            for sample in Self.samples {
                let filled = [sample.path, sample.body ?? "", sample.text].map { text in
                    text.split(separator: "{story}", omittingEmptySubsequences: false).joined(separator: "\(story)")
                        .split(separator: "{task}", omittingEmptySubsequences: false).joined(separator: "\(task)")
                }
                var headers: WebHeaders = ["accept": "application/json", "content-type": "application/json"]
                if let user = sample.user {
                    headers["authorization"] = "Bearer " + stage.server.signIn(user).authToken.reveal()
                }
                for (name, value) in sample.headers { headers[name] = value }
                let url = stage.server.url + "/api/v1" + filled[0]
                let request = WebRequest(
                    sample.method,
                    url,
                    headers: headers,
                    body: Array(filled[1].utf8),
                    deadline: .now + .seconds(10)
                )
                let reply = try await stage.web.reply(to: request)
                let text = String(decoding: reply.body, as: UTF8.self)
                #expect(
                    reply.status == sample.status,
                    "\(sample.method) \(sample.path) \(filled[1]): \(text.prefix(200))"
                )
                #expect(
                    filled[2].isEmpty || text.contains(filled[2]),
                    "\(sample.path) \(filled[1]): \(text.prefix(200))"
                )
            }
        }
    }

    @Test("A refresh token works once, and the old access token lives on")
    func rotation() async throws {
        try await withTaiga { stage in
            let pair = stage.server.signIn(Users.smith)
            func post() async throws -> Int {
                let body = JSONValue.object(["refresh": .string(pair.refresh.reveal())]).encoded()
                let url = stage.server.url + "/api/v1/auth/refresh"
                let headers: WebHeaders = ["content-type": "application/json"]
                let request = WebRequest(.post, url, headers: headers, body: body, deadline: .now + .seconds(10))
                return try await stage.web.reply(to: request).status
            }
            let statuses = [try await post(), try await post()]
            #expect(statuses == [200, 401])
            let run = stage.run(as: Users.smith, with: pair)
            #expect(await !stage.tools.call(.next(ToolCall("taiga_get_project")), in: run).isError)
            #expect(run.credentials.refreshed == nil)
        }
    }
}

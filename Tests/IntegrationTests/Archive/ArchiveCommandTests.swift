import Agent
import Foundation
import TestSupport
import Testing

/// `parley archive …`, the real program, and `restore` in a prompt.
@Suite(.timeLimit(.minutes(5))) struct ArchiveCommandTests {
    private typealias Outcome = (exit: ChildProcess.Exit, output: String)

    private func lines(_ outcome: Outcome) throws -> [JSONValue] {
        #expect(outcome.exit == .exited(0), "\(outcome.output)")
        return try outcome.output.split(separator: "\n").map { try JSONValue(parsing: $0.utf8) }
    }

    @Test func questionsAreAnsweredAndSessionsComeBack() async throws {
        try await PostgresServer.with { postgres in
            let environment = ["DATABASE_URL": postgres.url]
            let missing = try await ParleyWorker.runToEnd(["archive", "sessions"], environment: environment)
            #expect(missing.exit == .exited(69) && missing.output.contains("parley migrate"))
            let migrated = try await ParleyWorker.runToEnd(["migrate"], environment: environment)
            #expect(migrated.exit == .exited(0), "\(migrated.output)")
            try await RedisServer.with { redis in
                let settings = ["REDIS_URL": redis.url, "DATABASE_URL": postgres.url, "ARCHIVE": "postgres"]
                func archive(_ arguments: String...) async throws -> Outcome {
                    try await ParleyWorker.runToEnd(["archive"] + arguments, environment: settings)
                }
                try await ParleyWorker.with(settings) { worker in
                    try await Phone.using { web in
                        let phone = Phone(web: web, url: worker.url, session: "asked")
                        _ = try await phone.say("Create tasks for Alex")
                        let made = try await phone.say("Alex Smith")
                        let task = try #require(made.json["created_artifacts"]?.arrayValue?.first?["id"]?.intValue)
                        while try redis.ask("XLEN {parley:outbox}") != ":0\r\n" {
                            try await Task.sleep(for: .milliseconds(20))
                        }

                        let sessions = try lines(await archive("sessions", "--json", "--created", "task:\(task)"))
                        #expect(sessions.map { $0["session_id"] } == ["asked"])
                        #expect(sessions.first?["turns"] == 2)
                        #expect(try lines(await archive("sessions", "--json", "--owner", "user:1")).isEmpty)
                        #expect(try await archive("sessions").output.hasSuffix("\n1 session\n"))
                        let usage = try lines(await archive("usage", "--json"))
                        #expect(usage.first?["turns"] == 2 && usage.first?["owner"] == "user:738718")
                        let tools = try lines(await archive("tools", "--json"))
                        #expect(tools.count { $0["created"] != [] } == 3)
                        #expect(try lines(await archive("tools", "--failed", "--json")).isEmpty)
                        let shown = try await archive("show", "asked")
                        #expect(shown.output.contains("created task:\(task)"))
                        #expect(shown.output.hasSuffix("No turn is missing.\n"))
                        #expect(try await archive("show", "nobody").exit == .exited(1))

                        let transcript = try lines(await archive("export", "asked"))
                        let stored = try await phone.history().json["messages"]?.arrayValue
                        #expect(transcript.map { $0["content"] } == stored?.map { $0["content"] })
                        let document = try await archive("export", "asked", "--format", "markdown").output
                        #expect(document.hasPrefix("# Session asked\n\n## Turn 1 · "))
                        #expect(document.contains("**User**\n\n> Alex Smith\n"))

                        // Redis forgets: whoever asks for it goes on, and nobody else's is given away.
                        _ = try redis.ask("FLUSHALL")
                        let stranger: [String: JSONValue] = [
                            "restore": true,
                            "user_context": [
                                "id": 7, "username": "o", "email": "o@example.com", "roles": ["Product Owner"],
                            ],
                        ]
                        _ = try await Phone(web: web, url: worker.url, session: "asked").say("What?", stranger)
                        _ = try redis.ask("FLUSHALL")
                        let goesOn = try await phone.say("Hello again", ["restore": true])
                        #expect(goesOn.status == 200)
                        let history = try await phone.history()
                        #expect(history.json["messages"]?.arrayValue?.count == (stored?.count ?? 0) + 2)
                        #expect(history.json["turns"] == 3)

                        // The same by an operator's hand.
                        while try redis.ask("XLEN {parley:outbox}") != ":0\r\n" {
                            try await Task.sleep(for: .milliseconds(20))
                        }
                        _ = try redis.ask("FLUSHALL")
                        let restored = try await archive("restore", "asked", "--owner", "user:738718")
                        #expect(restored.output == "Restored asked: 3 turns\n", "\(restored.output)")
                        #expect(try await phone.history().json["turns"] == 3)
                        #expect(try await archive("restore", "asked", "--owner", "user:738718").exit == .exited(1))

                        // What was cleared does not come back.
                        _ = try await phone.clear()
                        _ = try await phone.say("Anew", ["restore": true])
                        #expect(try await phone.history().json["turns"] == 1)
                        let health = try await phone.get("/health")
                        #expect(health.json["archive"]?["reachable"] == true)
                        #expect(health.json["archive"]?["dropped"] == 0)
                    }
                }
            }
        }
    }

    @Test func withoutAnArchiveNothingCanBeRestored() async throws {
        try await ParleyWorker.with { worker in
            try await Phone.using { web in
                let answer = try await Phone(web: web, url: worker.url, session: "s").say("Hello", ["restore": true])
                #expect(answer.status == 422)
                #expect(answer.json["errors"]?.arrayValue?.first?["field"] == "restore")
                let erased = try await Phone(web: web, url: worker.url, session: "s").delete(
                    "/agent/session/s?erase=true"
                )
                #expect(erased.json["receipt"]?["number"] == .null)
            }
        }
    }
}

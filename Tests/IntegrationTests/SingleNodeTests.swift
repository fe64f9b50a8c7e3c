import Agent
import Foundation
import TestSupport
import Testing

/// One worker with nothing configured: memory, sandbox, demo model.
@Suite(.timeLimit(.minutes(2))) struct SingleNodeTests {
    @Test func theRequirementsExampleIsPlayedThrough() async throws {
        try await ParleyWorker.with { worker in
            try await Phone.using { web in
                let phone = Phone(web: web, url: worker.url, session: "0b0c7e6e-4f0c-4b4f-9a53-1f2d3c4b5a69")

                let first = try await phone.say("Create tasks for Alex")
                #expect(first.status == 200)
                #expect(first.summary.contains("3 users named Alex"))
                #expect(first.summary.contains("Alex Smith, Alex Jones and Alex Kim"))
                #expect(first.json["created_artifacts"] == [])

                let second = try await phone.say("Alex Smith")
                #expect(second.summary.hasPrefix("Created 3 tasks for Alex Smith"))
                #expect(second.json["artifacts"]?["tasks"]?.arrayValue?.count == 3)
                #expect(second.json["artifacts"]?["milestone_id"] == 499_548)
                #expect(second.json["created_artifacts"]?.arrayValue?.count == 3)

                let history = try await phone.history()
                #expect(history.json["turns"] == 2)

                #expect(try await phone.clear().json["status"] == "cleared")
                #expect(try await phone.history().status == 404)
                #expect(try await phone.say("Alex Smith").summary.hasPrefix("Created") == false)
            }
        }
    }

    @Test func withoutASessionNothingIsStored() async throws {
        try await ParleyWorker.with { worker in
            try await Phone.using { web in
                let phone = Phone(web: web, url: worker.url)
                #expect(try await phone.say("Create tasks for Alex").status == 200)
                let second = try await phone.say("Alex Smith")
                #expect(second.json["session_id"] == .null)
                #expect(second.json["created_artifacts"] == [])
            }
        }
    }

    @Test func theBannerSaysWhatIsInUse() async throws {
        try await ParleyWorker.with { worker in
            try await worker.process.waitUntil { worker.output.contains("Send it the first request") }
            for words in ["demo model", "memory", "sandbox", worker.url] { #expect(worker.output.contains(words)) }
            try await Phone.using { web in
                let health = try await Phone(web: web, url: worker.url).get("/health")
                #expect(health.json["status"] == "ok")
                #expect(health.json["model"]?.stringValue?.contains("demo") == true)
            }
        }
    }

    @Test func logsHoldNoPromptNoTokenAndNoSession() async throws {
        let output = try await ParleyWorker.with(["LOG_LEVEL": "trace", "LOG_FORMAT": "json"]) { worker in
            try await Phone.using { web in
                let phone = Phone(web: web, url: worker.url, session: "canary-session")
                _ = try await phone.say("canary-prompt: create tasks for Alex")
                _ = try await phone.history()
                _ = try await phone.clear()
            }
            await worker.process.stop()
            return worker.output
        }
        #expect(output.contains(#""message":"Run finished""#))
        #expect(!output.contains("canary"))
        for line in output.split(separator: "\n") {
            let entry = try? JSONValue(parsing: line.utf8)
            #expect(entry?["level"] != nil, "not a JSON log line: \(line)")
            #expect(entry?["time"]?.stringValue?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/) != nil)
        }
    }

    @Test func aRoleWithoutToolsIsTold() async throws {
        try await ParleyWorker.with { worker in
            try await Phone.using { web in
                let answer = try await Phone(web: web, url: worker.url).say("Hello", roles: ["Nobody"])
                #expect(answer.json["summary"] == "No tools available for your role")
                #expect(answer.json["warnings"] == ["User has no permissions"])
            }
        }
    }

    @Test(arguments: [
        (["PORT": "eighty"], "PORT must be a whole number from 0 to 65535, not 'eighty'"),
        (["REDIS_URL": "http://:secret@x"], "REDIS_URL must be redis[s]://"),
        (["SESSION_STORE": "redis"], "SESSION_STORE is redis, but REDIS_URL is not set"),
        (["LOG_LEVEL": "loud"], "LOG_LEVEL must be one of"),
        (["AGENT_DEADLINE_SECONDS": "0"], "AGENT_DEADLINE_SECONDS must be"),
        (["ANTHROPIC_BASE_URL": "ftp://x"], "ANTHROPIC_BASE_URL must be an http or https URL"),
        (["CORS_ALLOWED_ORIGINS": "example.com"], "CORS_ALLOWED_ORIGINS must be"),
        (["DATABASE_URL": "secret"], "DATABASE_URL is wrong: the PostgreSQL URL must begin with postgresql:// or"),
        (["DATABASE_URL": "postgres://u:secret@x/d?sslmode=perhaps"], "the PostgreSQL URL has a bad sslmode"),
        (["DATABASE_URL": "postgres://u:sec@ret:secret@x/d"], "must percent-encode @, / and : in user and password"),
        (["SESSION_STORE": "postgres"], "SESSION_STORE is postgres, but DATABASE_URL is not set"),
        (["SESSION_STORE": "disk"], "SESSION_STORE must be memory, redis or postgres, not 'disk'"),
        (["ARCHIVE": "postgres"], "ARCHIVE needs sessions in Redis or PostgreSQL: set REDIS_URL"),
        (["ARCHIVE": "postgres", "REDIS_URL": "redis://h"], "ARCHIVE is postgres, but DATABASE_URL is not set"),
        (["ARCHIVE": "yes"], "ARCHIVE must be off or postgres, not 'yes'"),
        (["ARCHIVE_RETENTION_DAYS": "0"], "ARCHIVE_RETENTION_DAYS must be a whole number from 1 to 36500, not '0'"),
    ])
    func aBadSettingStopsTheStartWithOneLine(_ settings: [String: String], _ message: String) async throws {
        let (exit, output) = try await ParleyWorker.runToEnd(["serve"], environment: settings)
        #expect(exit != .exited(0))
        #expect(output.contains(message), "\(output)")
        #expect(!output.contains("secret"))
        #expect(output.split(separator: "\n").count { $0.hasPrefix("Error:") } == 1)
    }

    @Test func flagsWinOverTheEnvironmentAndThatOverTheFile() async throws {
        let directory = try TemporaryDirectory("settings")
        try directory.write("LOG_LEVEL=file\nLOG_FORMAT=file\nHOST=file\n", to: ".env")
        let process = try ChildProcess(
            ParleyWorker.binary,
            ["serve", "--port", "flag", "--log-level", "flag"],
            environment: ["PORT": "environment", "LOG_FORMAT": "environment"],
            workingDirectory: directory.path,
            outputPath: directory.file("log")
        )
        await process.waitForExit()
        #expect(process.output.contains("'flag'"))
    }

    @Test func sigtermLetsTheRunFinish() async throws {
        let release = EventCount()
        try await ModelServer.serving({ _ in
            ModelServer.Answer.text("Worth waiting for").delivered { $0.hold = release }
        }) { model in
            let worker = try await ParleyWorker(model.settings())
            try await Phone.using { web in
                async let answer = Phone(web: web, url: worker.url, session: "s").say("Take your time")
                await model.arrived.wait(for: 1)
                worker.process.signal(SIGTERM)
                try await worker.process.waitUntil { worker.output.contains("Draining") }
                release.add()
                #expect(try await answer.summary == "Worth waiting for")
            }
            #expect(await worker.process.waitForExit() == .exited(0))
        }
    }
}

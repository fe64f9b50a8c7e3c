import Agent
import Foundation
import TestSupport
import Testing

/// `parley sessions …`, the real program, with a real worker.
@Suite(.timeLimit(.minutes(2))) struct SessionCommandTests {
    private typealias Outcome = (exit: ChildProcess.Exit, output: String)

    private func parley(_ arguments: [String], at url: String, token: String? = "canary-ops") async throws -> Outcome {
        try await ParleyWorker.runToEnd(
            ["sessions"] + arguments + ["--url", url],
            environment: ["OPS_TOKEN": token ?? ""]
        )
    }

    private func json(_ outcome: Outcome) throws -> JSONValue {
        #expect(outcome.exit == .exited(0), "\(outcome.output)")
        return try JSONValue(parsing: outcome.output.utf8)
    }

    @Test func whatOperatorsDo() async throws {
        try await RedisServer.with { redis in
            let settings = ["REDIS_URL": redis.url, "OPS_TOKEN": "canary-ops"]
            try await ParleyWorker.with(settings) { worker in
                try await Phone.using { web in
                    for session in ["one", "two", "user:738718"] {
                        let answer = try await Phone(web: web, url: worker.url, session: session).say("Hello")
                        #expect(answer.status == 200)
                    }
                }
                _ = try redis.ask(#"SET session:foreign "[{\"role\":\"user\",\"content\":\"Hi\"}]""#)

                let listed = try json(await parley(["list", "--json"], at: worker.url))
                let rows = listed["sessions"]?.arrayValue ?? []
                let ids = Set(rows.compactMap { $0["session_id"]?.stringValue })
                #expect(ids == ["one", "two", "user:738718", "foreign"])
                #expect(listed["cursor"] == .null)
                #expect(rows.first { $0["session_id"] == "one" }?["owner"] == "user:738718")
                #expect(rows.first { $0["session_id"] == "foreign" }?["owner"] == .null)

                let table = try await parley(["list", "--owner", "user:738718"], at: worker.url + "/")
                #expect(table.exit == .exited(0))
                #expect(table.output.hasPrefix("SESSION"))
                #expect(table.output.hasSuffix("\n3 sessions\n"))

                // One after another, each list going on where the one before ended.
                var found: Set<String> = []
                var cursor: [String] = []
                for _ in 0..<20 {
                    let page = try json(await parley(["list", "--json", "--limit", "1"] + cursor, at: worker.url))
                    found.formUnion((page["sessions"]?.arrayValue ?? []).compactMap { $0["session_id"]?.stringValue })
                    guard let next = page["cursor"]?.stringValue else { break }
                    cursor = ["--cursor", next]
                }
                #expect(found == ids)

                let portrait = try await parley(["show", "one"], at: worker.url)
                #expect(portrait.output.contains("session    one\nturns      1\n"))
                #expect(portrait.output.contains("\nuser\n  Hello\n"))
                let shown = try json(await parley(["show", "one", "--json"], at: worker.url))
                #expect(shown["messages"]?.arrayValue?.count == 2)

                let cleared = try await parley(["clear", "one", "two", "never-there"], at: worker.url)
                #expect(cleared.output == "Cleared one\nCleared two\nCleared never-there\n")
                let gone = try await parley(["show", "one"], at: worker.url)
                #expect(gone.exit == .exited(1) && gone.output == "Error: There is no session one\n")

                // Another program forgot a history, but not what lies beside it.
                _ = try redis.ask("DEL session:user:738718")
                let dry = try await parley(["cleanup", "--dry-run"], at: worker.url)
                #expect(dry.output == "1 to remove\n")
                let dryJSON = try json(await parley(["cleanup", "--dry-run", "--json"], at: worker.url))
                #expect(dryJSON == ["status": "dry_run", "removed": 0, "stale": 1])
                #expect(try await parley(["cleanup"], at: worker.url).output == "Removed 1\n")
                let none = try json(await parley(["cleanup", "--json"], at: worker.url))
                #expect(none == ["status": "cleaned", "removed": 0])
                #expect(!worker.output.contains("canary-ops"))
            }
        }
    }

    @Test func whatGoesWrongIsOneLineAndAStatus() async throws {
        try await ParleyWorker.with(["OPS_TOKEN": "canary-ops"]) { worker in
            for (arguments, token) in [(["list"], nil), (["list"], "wrong"), (["cleanup"], nil)]
                as [([String], String?)]
            {
                let refused = try await parley(arguments, at: worker.url, token: token)
                #expect(refused.exit == .exited(77))
                let line =
                    "Error: This needs a valid token or password (401 unauthorized); set OPS_TOKEN or give --token\n"
                #expect(refused.output == line)
            }
            #expect(try await parley(["list", "--token", "canary-ops"], at: worker.url, token: nil).exit == .exited(0))
            #expect(try await parley(["list", "--limit", "0"], at: worker.url).exit == .exited(64))
            #expect(try await parley(["list", "--cursor", "x"], at: worker.url).exit == .exited(64))
            #expect(try await parley(["show", "no id"], at: worker.url).exit == .exited(64))
        }
        try await ParleyWorker.with { worker in
            let without = try await parley(["list"], at: worker.url)
            #expect(without.exit == .exited(1))
            #expect(without.output == "Error: The service has no list: it runs without OPS_TOKEN\n")
            #expect(try await parley(["cleanup"], at: worker.url, token: nil).output == "Removed 0\n")
        }
        let nobody = "http://127.0.0.1:\(try FreePort.reserve())"
        let unreachable = try await parley(["list"], at: nobody)
        #expect(unreachable.exit == .exited(69))
        #expect(unreachable.output == "Error: \(nobody): Couldn't connect to server\n")
        #expect(try await parley(["list"], at: "nowhere").exit == .exited(64))
    }
}

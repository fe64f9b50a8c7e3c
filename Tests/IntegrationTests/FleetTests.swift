import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// Three workers behind nginx with one Redis or one PostgreSQL, as `deploy/fleet` runs them.
@Suite(.timeLimit(.minutes(2))) struct FleetTests {
    @Test(arguments: Fleet.Store.allCases)
    func anyWorkerContinues(on store: Fleet.Store) async throws {
        try await Fleet.with(on: store) { fleet in
            try await Phone.using { web in
                // Each turn on another worker, and the last through nginx.
                let urls = fleet.workers.map { "http://127.0.0.1:\($0.port)" } + [fleet.url]
                let prompts = [
                    "Create 2 tasks for Alex", "Nobody I know", "The second one", "Create tasks for Alex Kim",
                ]
                var answers: [Phone.Answer] = []
                for (url, prompt) in zip(urls, prompts) {
                    answers.append(try await Phone(web: web, url: url, session: "alternating").say(prompt))
                }
                #expect(answers.map(\.status) == [200, 200, 200, 200])
                #expect(answers[0].summary.contains("Which one?"))
                #expect(answers[2].summary.hasPrefix("Created 2 tasks for Alex Jones"))
                #expect(answers[3].summary.hasPrefix("Created 3 tasks for Alex Kim"))
                let history = try await Phone(web: web, url: fleet.url, session: "alternating").history()
                print(
                    "\(store): 4 turns, each on another worker: \(history.json["turns"]?.intValue ?? 0) in the history"
                )
                #expect(history.json["turns"] == 4)
            }
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func aWorkerKilledBetweenTurnsIsNotNoticed(on store: Fleet.Store) async throws {
        try await Fleet.with(on: store) { fleet in
            try await Phone.using { web in
                let phones = (0..<8).map { Phone(web: web, url: fleet.url, session: "phone-\($0)") }
                for phone in phones {
                    let answer = try await phone.say("Create tasks for Alex")
                    #expect(answer.status == 200)
                }
                kill(fleet.workers[0].pid, SIGKILL)
                // Not in the middle of its dying, when the kernel still takes connections for it.
                let killed = Phone(web: web, url: "http://127.0.0.1:\(fleet.workers[0].port)")
                while (try? await killed.get("/health")) != nil {}
                for phone in phones {
                    let answer = try await phone.say("Alex Smith")
                    #expect(answer.summary.hasPrefix("Created 3 tasks for Alex Smith"))
                }
            }
        }
    }

    /// The script is what any team would write: GET, `json.loads`, append, `setex`.
    @Test func anotherProgramReadsAndExtendsASession() async throws {
        let script = """
            import json, sys, redis
            r = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
            key = "session:shared"
            history = json.loads(r.get(key))
            assert history[0] == {"role": "user", "content": "Create tasks for Alex"}, history
            assert "Which one?" in history[-1]["content"][0]["text"], history
            assert 0 < r.ttl(key) <= 1800
            history.append({"role": "user", "content": "Wait, what is Alex Kim's role? caf\\u00e9"})
            history.append({"role": "assistant", "content": "UX. So: which Alex do you mean?"})
            r.setex(key, 600, json.dumps(history))
            print(len(history))
            """
        let directory = try TemporaryDirectory("python")
        try directory.write(script, to: "extend.py")
        try await Fleet.with(workers: 2) { fleet in
            try await Phone.using { web in
                let phone = Phone(web: web, url: fleet.url, session: "shared")
                _ = try await phone.say("Create tasks for Alex")
                let python = try ChildProcess(
                    "/usr/bin/python3",
                    [directory.file("extend.py"), String(fleet.redisPort)],
                    outputPath: directory.file("output")
                )
                #expect(await python.waitForExit() == .exited(0), "\(python.output)")
                #expect(python.output == "6\n")
                #expect(try await phone.say("Alex Smith").summary.hasPrefix("Created 3 tasks for Alex Smith"))
                let messages = try #require(try await phone.history().json["messages"]?.arrayValue)
                #expect(messages[4]["content"] == "Wait, what is Alex Kim's role? café")
                #expect(messages.count > 6)
            }
        }
    }

    @Test func nginxRefusesInTheSameShape() async throws {
        try await Fleet.with(workers: 1) { fleet in
            try await Phone.using { web in
                let phone = Phone(web: web, url: fleet.url, session: "s")
                let large = try await phone.post("/agent/run", Array(repeating: 32, count: 2_000_000))
                #expect(large.status == 413)
                #expect(large.problem == "too-large")
                #expect(large.json["instance"]?.stringValue == large.headers["x-request-id"])
                // Below nginx's limit, above the worker's own.
                let medium = try await phone.post("/agent/run", Array(repeating: 32, count: 300_000))
                #expect(medium.problem == "too-large")

                kill(fleet.workers[0].pid, SIGKILL)
                let none = try await phone.say("Hello")
                #expect([502, 503, 504].contains(none.status))
                #expect(none.problem == "unavailable")
            }
            #expect(!fleet.log(of: "nginx").contains("canary"))
        }
    }

    @Test func nothingSecretIsKeptInRedisOrLogs() async throws {
        try await Fleet.with(workers: 1, ["LOG_LEVEL": "trace"]) { fleet in
            try await Phone.using { web in
                let phone = Phone(web: web, url: fleet.url, session: "canary-session")
                _ = try await phone.say("Create tasks for Alex")
                _ = try await phone.say("Alex Smith")
                #expect(try await phone.history().json["messages"] != nil)
                // Uncompressed, or a scan would find nothing.
                let script = """
                    redis() { redis-cli -p \(fleet.redisPort) "$@"; }
                    redis CONFIG SET rdbcompression no
                    redis --scan | while read -r key; do redis DUMP "$key"; done
                    """
                let directory = try TemporaryDirectory("dump")
                let dump = try ChildProcess(
                    "/bin/sh",
                    [
                        "-c",
                        script,
                    ],
                    outputPath: directory.file("output")
                )
                await dump.waitForExit()
                #expect(dump.output.contains("Alex Smith"))
                #expect(!dump.output.contains("canary-auth-token") && !dump.output.contains("canary-refresh-token"))
            }
            for name in ["nginx", "worker-1", "redis"] { #expect(!fleet.log(of: name).contains("canary")) }
        }
    }
}

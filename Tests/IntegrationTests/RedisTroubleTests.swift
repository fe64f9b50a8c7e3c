import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// A worker whose Redis is not there, hangs or refuses: an error within the command time-out, recovery by itself.
@Suite(.timeLimit(.minutes(2))) struct RedisTroubleTests {
    private let bound = Duration.seconds(10)

    /// - Parameter timeout: long unless a test waits for it, so that nothing else is refused for it.
    private func isolated(_ redis: RedisServer, timeout: Duration = .seconds(20)) -> [String: String] {
        ["REDIS_URL": redis.url, "REDIS_COMMAND_TIMEOUT_MS": "\(Int(timeout / .milliseconds(1)))"]
    }

    /// Sends a turn that must fail as the store being unavailable, in bounded time.
    private func expectUnavailable(_ phone: Phone) async throws {
        let start = ContinuousClock.now
        let answer = try await phone.say("Hello")
        #expect(answer.status == 503)
        #expect(answer.problem == "store-unavailable")
        #expect(answer.headers["retry-after"] == "1")
        #expect(ContinuousClock.now - start < bound)
        #expect(try await phone.get("/ready").status == 503)
        #expect(try await phone.get("/health").status == 200)
    }

    /// Asks `/ready` until it is, for as long as recovery may take.
    private func waitUntilReady(_ phone: Phone) async throws {
        let start = ContinuousClock.now
        while try await phone.get("/ready").status != 200 {
            try #require(ContinuousClock.now - start < bound, "the worker does not recover")
        }
    }

    /// Says something until it is taken: with so short a time-out a turn may be refused without any trouble.
    private func insist(_ phone: Phone) async throws {
        let start = ContinuousClock.now
        while try await phone.say("Hello").status != 200 {
            try #require(ContinuousClock.now - start < bound, "the worker takes no turn")
        }
    }

    @Test func redisThatDiesAndComesBack() async throws {
        try await RedisServer.with(["appendonly yes", "appendfsync always"]) { redis in
            try await ParleyWorker.with(isolated(redis)) { worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    #expect(try await phone.say("Create tasks for Alex").status == 200)
                    await redis.kill()
                    try await expectUnavailable(phone)
                    try await redis.start()
                    try await waitUntilReady(phone)
                    #expect(try await phone.say("Alex Smith").summary.hasPrefix("Created 3 tasks"))
                }
            }
        }
    }

    @Test func redisThatHangs() async throws {
        try await RedisServer.with { redis in
            try await ParleyWorker.with(isolated(redis, timeout: .milliseconds(300))) { worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    try await insist(phone)
                    redis.signal(SIGSTOP)
                    try await expectUnavailable(phone)
                    redis.signal(SIGCONT)
                    try await waitUntilReady(phone)
                    try await insist(phone)
                }
            }
        }
    }

    @Test func redisThatIsNotThereAtTheStart() async throws {
        let port = try FreePort.reserve()
        try await ParleyWorker.with(["REDIS_URL": "redis://127.0.0.1:\(port)"]) { worker in
            try await Phone.using { web in try await expectUnavailable(Phone(web: web, url: worker.url, session: "s")) }
        }
    }

    @Test func redisThatWantsAnotherPassword() async throws {
        try await RedisServer.with(["requirepass right"]) { redis in
            let wrong = "redis://:canary-password@127.0.0.1:\(redis.port)"
            try await ParleyWorker.with(["REDIS_URL": wrong]) { worker in
                try await Phone.using { web in
                    try await expectUnavailable(Phone(web: web, url: worker.url, session: "s"))
                }
                #expect(!worker.output.contains("canary-password"))
            }
            let right = "redis://:right@127.0.0.1:\(redis.port)"
            try await ParleyWorker.with(["REDIS_URL": right]) { worker in
                try await Phone.using { web in
                    let answer = try await Phone(web: web, url: worker.url, session: "s").say("Hello")
                    #expect(answer.status == 200)
                }
            }
        }
    }

    @Test func redisThatIsFullOrReadOnly() async throws {
        try await RedisServer.with(["maxmemory-policy noeviction"]) { redis in
            try await ParleyWorker.with(isolated(redis)) { worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    for (refuse, allow) in [
                        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
                        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
                    ] {
                        _ = try redis.ask(refuse)
                        // Reading would work: but a run would do work that cannot be saved.
                        try await expectUnavailable(phone)
                        _ = try redis.ask(allow)
                        #expect(try await phone.say("Hello").json["warnings"] == [])
                    }
                }
            }
        }
    }

    @Test(arguments: ["no json", "{}", "[1,2", "[[[["])
    func aRecordThatIsNoHistoryIsLeftAsItIs(_ record: String) async throws {
        try await RedisServer.with { redis in
            try await ParleyWorker.with(isolated(redis)) { worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    _ = try redis.ask("SET session:s \"\(record)\"")
                    let answer = try await phone.say("Hello")
                    #expect(answer.status == 409)
                    #expect(answer.problem == "history-unreadable")
                    #expect(try redis.ask("GET session:s").contains(record))
                    #expect(try await phone.clear().json["status"] == "cleared")
                    #expect(try await phone.say("Hello").status == 200)
                }
            }
        }
    }

    @Test func aRecordOfAnotherTypeIsLeftAsItIs() async throws {
        try await RedisServer.with { redis in
            try await ParleyWorker.with(isolated(redis)) { worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    _ = try redis.ask("RPUSH session:s 1")
                    #expect(try await phone.say("Hello").problem == "history-unreadable")
                    #expect(try redis.ask("TYPE session:s").contains("list"))
                }
            }
        }
    }
}

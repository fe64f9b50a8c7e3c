import Testing

@testable import Redis

@Suite struct ConfigurationTests {
    @Test func readsURLs() throws {
        let plain = try RedisConfiguration(url: "redis://localhost")
        #expect(plain.host == "localhost")
        #expect(plain.port == 6379)
        #expect(plain.login == nil)
        #expect(plain.tls == nil)
        #expect(plain.database == 0)

        let full = try RedisConfiguration(url: "rediss://app:p%40ss%2Fw:rd@redis.example:6380/3")
        #expect(full.host == "redis.example")
        #expect(full.port == 6380)
        #expect(full.database == 3)
        #expect(full.tls == RedisTLS())
        #expect(full.login?.command == RedisCommand("AUTH", "app", "p@ss/w:rd"))

        #expect(try RedisConfiguration(url: "redis://:pw@[::1]:7/").host == "::1")
        #expect(try RedisConfiguration(url: "redis://:pw@h").login?.command == RedisCommand("AUTH", "pw"))
        #expect(try RedisConfiguration(url: "redis://:a/b@c@h/1").login?.command == RedisCommand("AUTH", "a/b@c"))
    }

    @Test(arguments: [
        "", "http://h", "redis://", "redis://:1", "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h/x",
        "redis://h/-1",
        "redis://secret@h", "redis://:%zzsecret@h", "redis://::1", "redis://[::1", "redis://[::1]x", "redis://h?db=1",
        "redis://h/1/2", "redis://a b", "redis://h:+5",
    ])
    func refusesWhatIsNone(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error.map { !"\($0)".contains("secret") } == true)
    }

    @Test func refusesLimitsWithWhichNothingWorks() {
        let limits: [WritableKeyPath<RedisConfiguration, Int>] = [
            \.commandTimeoutMilliseconds, \.connectTimeoutMilliseconds, \.maximumCommands, \.maximumCommandBytes,
            \.maximumReplyBytes,
        ]
        for limit in limits {
            var configuration = RedisConfiguration()
            configuration[keyPath: limit] = 0
            let error = #expect(throws: RedisError.self) { try configuration.validate() }
            #expect(error?.code == .invalidConfiguration)
        }
    }

    @Test func passwordsDoNotPrint() throws {
        let configuration = try RedisConfiguration(url: "redis://user:hunter2@h")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test func pausesGrowToTheirLimit() {
        let backoff = RedisBackoff()
        #expect((1...6).map { backoff.milliseconds(failures: $0, jitter: 0.999) } == [49, 99, 199, 399, 799, 799])
        #expect(backoff.milliseconds(failures: 1, jitter: 0) == 25)
        #expect(backoff.milliseconds(failures: .max, jitter: 0) == 400)
    }
}

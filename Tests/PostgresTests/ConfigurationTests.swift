import Testing

@testable import Postgres

@Suite struct ConfigurationTests {
    @Test func readsURLs() throws {
        let full = try PostgresConfiguration(
            url: "postgresql://app:p%40ss%2Fw@db.example:5433/parley?sslmode=verify-full&sslrootcert=/ca.pem"
        )
        let expected = [
            "user": "app", "password": "p@ss/w", "host": "db.example", "port": "5433", "dbname": "parley",
            "sslmode": "verify-full", "sslrootcert": "/ca.pem", "fallback_application_name": "parley",
            "gssencmode": "disable", "client_encoding": "UTF8", "keepalives_idle": "30", "keepalives_interval": "10",
            "keepalives_count": "3",
        ]
        #expect(full.options.values == expected)
        #expect("\(full)" == "postgresql://db.example:5433/parley")

        let several = try PostgresConfiguration(url: "postgres://a:1,b:2/d?application_name=x&gssencmode=prefer")
        #expect(several.options["host"] == "a,b")
        #expect(several.options["port"] == "1,2")
        #expect(several.options["gssencmode"] == "prefer")

        let timed = try PostgresConfiguration(url: "postgresql://h/d?connect_timeout=7")
        #expect(timed.connectTimeoutMilliseconds == 7000)
        #expect(
            try PostgresConfiguration(url: "postgresql:///d?host=/run/postgresql").options["host"] == "/run/postgresql"
        )
    }

    @Test(arguments: [
        "", "http://h", "host=h", "postgresql://h:x/d", "postgresql://h:0/d", "postgresql://h:65536/d",
        "postgresql://h/d?sslmode=maybe", "postgresql://h/d?nonsense=1", "postgresql://u:secret@x@h/d",
        "postgresql://u:sec/secret@h/d", "postgresql://u:%zzsecret@h/d", "postgresql://[::1/secret",
        "postgresql://u:secret\u{0}@h/d", "postgresql://u:1/secret@h/d",
    ])
    func refusesWhatIsNone(url: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error.map { !"\($0)".contains("secret") } == true)
    }

    @Test func refusesLimitsWithWhichNothingWorks() throws {
        let limits: [WritableKeyPath<PostgresConfiguration, Int>] = [
            \.poolSize, \.maximumWaiters, \.waitTimeoutMilliseconds, \.connectTimeoutMilliseconds,
            \.statementTimeoutMilliseconds, \.maximumParameterBytes,
        ]
        for limit in limits {
            var configuration = try PostgresConfiguration(url: "postgresql://h/d")
            configuration[keyPath: limit] = 0
            let error = #expect(throws: PostgresError.self) { try configuration.validate() }
            #expect(error?.code == .invalidConfiguration)
        }
    }

    @Test func passwordsDoNotPrint() throws {
        let configuration = try PostgresConfiguration(url: "postgresql://user:hunter2@h/d?sslpassword=hunter2")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test func pausesGrowToTheirLimit() {
        let backoff = PostgresBackoff()
        #expect((1...6).map { backoff.milliseconds(failures: $0, jitter: 0.999) } == [49, 99, 199, 399, 799, 799])
        #expect(backoff.milliseconds(failures: 1, jitter: 0) == 25)
        #expect(backoff.milliseconds(failures: .max, jitter: 0) == 400)
    }
}

import Agent
import TestSupport
import Testing

/// What the archive costs a turn: measured in turns that alternate between a worker with it and one without.
@Suite(.timeLimit(.minutes(5))) struct ArchiveLatencyTests {
    private static let turns = soak(2000, otherwise: 150)

    @Test func aTurnTakesAsLongAsWithout() async throws {
        try await PostgresServer.with { postgres in
            let migrated = try await ParleyWorker.runToEnd(["migrate"], environment: ["DATABASE_URL": postgres.url])
            #expect(migrated.exit == .exited(0), "\(migrated.output)")
            try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
                try await RedisServer.with { redis in
                    let settings = model.settings(["REDIS_URL": redis.url])
                    let archive = ["ARCHIVE": "postgres", "DATABASE_URL": postgres.url]
                    try await ParleyWorker.with(settings) { without in
                        try await ParleyWorker.with(settings.merging(archive) { $1 }) { with in
                            try await measure(without, with, redis)
                        }
                    }
                }
            }
            #expect(try await postgres.ask("SELECT count(*) FROM parley_archive.turns") == String(Self.turns))
        }
    }

    private func measure(_ without: ParleyWorker, _ with: ParleyWorker, _ redis: RedisServer) async throws {
        try await Phone.using { web in
            var (off, on) = (Figures(), Figures())
            for turn in 1...Self.turns {
                // A session for ten turns: short histories, as most are.
                let name = "latency.\(turn / 10)"
                let start = ContinuousClock.now
                #expect(try await Phone(web: web, url: without.url, session: name + ".off").say("Hi").status == 200)
                let middle = ContinuousClock.now
                #expect(try await Phone(web: web, url: with.url, session: name + ".on").say("Hi").status == 200)
                off.add(middle - start)
                on.add(ContinuousClock.now - middle)
            }
            let ratio = (on.quantile(0.5) / off.quantile(0.5) * 1000).rounded() / 1000
            print("\(Self.turns) turns each, ms: without an archive \(off); with \(on); ratio of the medians \(ratio)")
            while try redis.ask("XLEN {parley:outbox}") != ":0\r\n" { try await Task.sleep(for: .milliseconds(20)) }
        }
    }
}

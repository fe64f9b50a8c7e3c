import Agent
import Foundation
import TestSupport
import Testing

/// Promise 9 and more: what Redis does to three workers behind nginx while many phones take turns, and what is left of the
/// turns afterwards. `deploy/redis.conf` has it append to its log before it acknowledges.
@Suite(.timeLimit(.minutes(10))) struct RedisUnderLoadTests {
    /// Longer than Redis hangs, shorter than nginx waits.
    private static let deadline = Duration.seconds(8)
    /// How long after Redis is back a turn may still be refused.
    private static let recovery = Duration.seconds(2)
    private static let settings = [
        "AGENT_DEADLINE_SECONDS": "8", "HISTORY_MAX_TOKENS": "10000000", "LOG_LEVEL": "error",
        // What is refused while Redis hangs is refused after this time: as in operation.
        "REDIS_COMMAND_TIMEOUT_MS": "1000",
    ]
    private static let rounds = soak(8, otherwise: 1)

    @Test func nothingAcknowledgedIsLost() async throws {
        try await Fleet.with(workers: 3, Self.settings) { fleet in
            try await Phone.using { web in
                for round in 1...Self.rounds {
                    for trouble in RedisTrouble.allCases {
                        let phones = (0..<24).map { number in
                            Phone(web: web, url: fleet.url, session: "\(trouble.rawValue).\(round).\(number)")
                        }
                        let crowd = Crowd(phones)
                        let back = try await crowd.talking {
                            try await crowd.untilAcknowledged(100)
                            try await trouble.happen(to: fleet)
                            let back = ContinuousClock.now
                            // Whoever is refused after that is refused too late.
                            try await Task.sleep(until: back + Self.recovery + .milliseconds(500))
                            return back
                        }
                        let figures = try await crowd.figures(since: back)
                        print("Redis \(trouble), 3 workers, \(phones.count) phones: \(figures)")
                        #expect(figures.slowest < Self.deadline + .seconds(3))
                        #expect(figures.unexpected == [:])
                        #expect(figures.acknowledged > 100 && figures.refused > 0)
                        #expect(figures.lost == 0 && figures.twice == 0 && figures.broken == 0)
                        #expect(figures.recovery < Self.recovery)
                        // What begins then is answered soon; a machine that stands still holds single ones up.
                        #expect(figures.slowestSince < Self.recovery + .seconds(3))
                        #expect(fleet.areWorkersAlive)
                    }
                }
            }
        }
    }
}

/// What happens to Redis, until it is back.
enum RedisTrouble: String, CaseIterable, CustomStringConvertible {
    case killed, paused, full, readOnly

    var description: String {
        switch self {
        case .killed: "killed"
        case .paused: "paused for 5 s"
        case .full: "full"
        case .readOnly: "read-only"
        }
    }

    /// Returns when Redis answers again as it should.
    func happen(to fleet: Fleet) async throws {
        switch self {
        case .killed:
            fleet.signalRedis(SIGKILL)
            while (try? fleet.askRedis("PING")) != nil { await Task.yield() }
            try await pass(.seconds(1))
            try await fleet.startRedis()
        case .paused:
            fleet.signalRedis(SIGSTOP)
            try await pass(.seconds(5))
            fleet.signalRedis(SIGCONT)
            while try fleet.askRedis("PING") != "+PONG\r\n" {}
        case .full:
            try fleet.askRedis("CONFIG SET maxmemory 64mb")
            try fleet.askRedis("SETRANGE filler 67108864 x")
            try await pass(.seconds(1))
            try fleet.askRedis("DEL filler")
            try fleet.askRedis("CONFIG SET maxmemory 512mb")
        case .readOnly:
            try fleet.askRedis("REPLICAOF 127.0.0.1 1")
            try await pass(.seconds(1))
            try fleet.askRedis("REPLICAOF NO ONE")
        }
    }

    /// How long the trouble lasts; there is no event that ends it.
    private func pass(_ duration: Duration) async throws { try await Task.sleep(for: duration) }
}

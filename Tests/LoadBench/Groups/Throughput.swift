import Foundation
import TestSupport

/// Turns per second with both stores, as ratios to what the same machine does in the same minute: the worker's own
/// `/health`, and bare Redis.
struct Throughput {
    private let scale: Scale
    private let connections = 64

    init(_ scale: Scale) { self.scale = scale }

    func measure() async throws -> [Figure] {
        try await CannedModel.with { model in
            try await RedisServer.with { redis in
                let settings = model.settings
                return try await ParleyWorker.with(settings.merging(["REDIS_URL": redis.url]) { $1 }) { shared in
                    try await ParleyWorker.with(settings) { alone in
                        try await rounds(shared, alone, redis)
                    }
                }
            }
        }
    }

    private func rounds(_ shared: ParleyWorker, _ alone: ParleyWorker, _ redis: RedisServer) async throws -> [Figure] {
        let value = try history(of: shared, in: redis)
        var (health, turns, aloneHealth, aloneTurns, pairs) = (Samples(), Samples(), Samples(), Samples(), Samples())
        var (overHealth, aloneOverHealth, overPairs, overAlone) = (Samples(), Samples(), Samples(), Samples())
        var failures = 0
        // The first round warms everything up.
        for round in 0...scale.rounds {
            let results = try await (
                load(shared, turns: false), load(shared, turns: true), load(alone, turns: false),
                load(alone, turns: true), RedisBenchmark.pairsPerSecond(redis, value: value, connections: connections)
            )
            failures += results.0.failures + results.1.failures + results.2.failures + results.3.failures
            guard round > 0 else { continue }
            health.add(results.0.perSecond)
            turns.add(results.1.perSecond)
            aloneHealth.add(results.2.perSecond)
            aloneTurns.add(results.3.perSecond)
            pairs.add(results.4)
            overHealth.add(results.1.perSecond / results.0.perSecond)
            aloneOverHealth.add(results.3.perSecond / results.2.perSecond)
            overPairs.add(results.1.perSecond / results.4)
            overAlone.add(results.1.perSecond / results.3.perSecond)
        }
        return [
            figure("turns, Redis", turns.median, "1/s"),
            figure("/health, worker on Redis", health.median, "1/s"),
            figure("turns, Redis, over /health", overHealth.median, "ratio", .atLeast(0.18)),
            figure("turns, memory store", aloneTurns.median, "1/s"),
            figure("/health, worker on memory store", aloneHealth.median, "1/s"),
            figure("turns, memory store, over /health", aloneOverHealth.median, "ratio", .atLeast(0.25)),
            figure("GET+SETEX pairs, redis-benchmark", pairs.median, "1/s"),
            figure("turns, Redis, over GET+SETEX pairs", overPairs.median, "ratio"),
            figure("turns, Redis, over memory store", overAlone.median, "ratio"),
            figure("failed requests", Double(failures), "count", .atMost(0)),
        ]
    }

    private func figure(_ name: String, _ value: Double, _ unit: String, _ bar: Figure.Bar? = nil) -> Figure {
        Figure(.throughput, name, value, unit, bar)
    }

    private func load(_ worker: ParleyWorker, turns: Bool) async throws -> Wrk.Summary {
        try await Wrk(
            connections: connections,
            duration: scale.roundDuration,
            sessions: turns ? Wrk.Sessions() : nil
        ).load(worker.url + (turns ? "/agent/run" : "/health"))
    }

    /// A history halfway through a session.
    private func history(of worker: ParleyWorker, in redis: RedisServer) throws -> [UInt8] {
        let connection = try BlockingConnection(port: worker.port)
        for _ in 0..<5 { try connection.http(RunRequests.turn(session: "bench-value")) }
        return Array(try BlockingConnection(port: redis.port).redis(RedisCommand.get("session:bench-value")))
    }
}

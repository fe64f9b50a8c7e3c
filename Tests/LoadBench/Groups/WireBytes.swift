import TestSupport

/// What crosses the wire between worker and Redis in a turn on a session that the worker knows, with 1 MB of history.
struct WireBytes {
    private let turns: Int

    init(_ scale: Scale) { turns = scale.turns }

    func measure() async throws -> [Figure] {
        try await CannedModel.with(measures: true) { model in
            try await RedisServer.with { redis in
                let settings = ["REDIS_URL": redis.url, "HISTORY_MAX_TOKENS": "10000000"]
                return try await ParleyWorker.with(model.settings.merging(settings) { $1 }) { worker in
                    try measure(LatencyProbe(worker: worker, model: model, redis: redis), redis)
                }
            }
        }
    }

    private func measure(_ probe: LatencyProbe, _ redis: RedisServer) throws -> [Figure] {
        let session = "bench-bytes"
        try probe.write(WrittenHistory.bytes(about: 1_000_000), session)
        try probe.turn(session)
        let traffic = try RedisTraffic(redis)
        let before = try traffic.read()
        for _ in 0..<turns { try probe.turn(session) }
        let after = try traffic.read()
        // The first reading ended in the second one's count: it is not the turns'.
        let sent = Double(after.input - before.input - traffic.ownInput) / Double(turns)
        let received = Double(after.output - before.output - traffic.ownOutput) / Double(turns)
        return [
            Figure(.bytes, "to Redis per turn, 1 MB of history", sent, "B"),
            Figure(.bytes, "from Redis per turn, 1 MB of history", received, "B"),
            Figure(.bytes, "to and from Redis per turn, 1 MB of history", sent + received, "B", .atMost(4096)),
        ]
    }
}

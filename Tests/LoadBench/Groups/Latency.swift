import Foundation
import TestSupport

/// What a turn that is alone adds to the round trips that it cannot do without: two to Redis, as small as they get, and one
/// to the model, with a body as large as the turn's. Taken in turns with what it is compared to.
struct Latency {
    private let turns: Int

    init(_ scale: Scale) { turns = scale.turns }

    func measure() async throws -> [Figure] {
        try await CannedModel.with(measures: true) { model in
            try await RedisServer.with { redis in
                let settings = ["REDIS_URL": redis.url, "HISTORY_MAX_TOKENS": "10000000"]
                return try await ParleyWorker.with(model.settings.merging(settings) { $1 }) { worker in
                    let probe = try LatencyProbe(worker: worker, model: model, redis: redis)
                    return try short(probe)
                        + long(probe, "100 KB", bytes: 100_000, limit: 1, sessions: turns / 10)
                        + long(probe, "1 MB", bytes: 1_000_000, limit: 6, sessions: turns / 20)
                }
            }
        }
    }

    /// The sixth turns of sessions: five questions and their answers are in the history.
    private func short(_ probe: LatencyProbe) throws -> [Figure] {
        var times = LatencyTimes()
        for number in 0..<turns {
            let session = "bench-short-\(number)"
            for _ in 0..<5 { try probe.turn(session) }
            try probe.compare(session, &times)
        }
        return figures("10 messages", times, limit: 0.5)
    }

    /// Turns of sessions that another program began, ten or twenty in each, so that the length hardly changes.
    private func long(
        _ probe: LatencyProbe,
        _ length: String,
        bytes: Int,
        limit: Double,
        sessions: Int
    ) throws -> [Figure] {
        let history = WrittenHistory.bytes(about: bytes)
        var (times, first) = (LatencyTimes(), Samples())
        for number in 0..<sessions {
            let session = "bench-\(bytes)-\(number)"
            try probe.write(history, session)
            try first.time { try probe.turn(session) }
            guard try probe.modelLength() >= history.count else {
                throw ServerError("the model was not sent the whole history of \(length)")
            }
            for _ in 0..<(turns / sessions) { try probe.compare(session, &times) }
            try probe.clear(session)
        }
        return figures(length, times, limit: limit) + [
            Figure(.latency, "\(length): first turn on what another program wrote", first.median, "ms")
        ]
    }

    private func figures(_ length: String, _ times: LatencyTimes, limit: Double) -> [Figure] {
        let bare = times.model.median + times.redis.median
        return [
            Figure(.latency, "\(length): turn", times.turn.median, "ms"),
            Figure(.latency, "\(length): bare model round trip", times.model.median, "ms"),
            Figure(.latency, "\(length): two bare Redis round trips", times.redis.median, "ms"),
            Figure(.latency, "\(length): GET + SETEX of the history", times.redisHistory.median, "ms"),
            Figure(.latency, "\(length): added by the turn", times.turn.median - bare, "ms", .atMost(limit)),
        ]
    }
}

/// Milliseconds, one of each per round.
struct LatencyTimes {
    var turn = Samples()
    var model = Samples()
    var redis = Samples()
    var redisHistory = Samples()
}

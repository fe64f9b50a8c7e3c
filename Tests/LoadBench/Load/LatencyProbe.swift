import TestSupport

/// One connection each to a worker, to its model and to its Redis.
struct LatencyProbe {
    private let worker: BlockingConnection
    private let model: BlockingConnection
    private let redis: BlockingConnection
    private let canned: CannedModel

    init(worker: ParleyWorker, model: CannedModel, redis: RedisServer) throws {
        self.worker = try BlockingConnection(port: worker.port)
        self.model = try BlockingConnection(port: model.port)
        self.redis = try BlockingConnection(port: redis.port)
        canned = model
    }

    func turn(_ session: String) throws { try worker.http(RunRequests.turn(session: session)) }

    /// Does as another program that continues the session.
    func write(_ history: [UInt8], _ session: String) throws {
        try redis.redis(RedisCommand.setex("session:" + session, history))
    }

    func clear(_ session: String) throws { try redis.redis(RedisCommand.delete("session:" + session)) }

    /// The length of the body that the model was last sent.
    func modelLength() throws -> Int { try canned.lastLength() }

    /// Times a turn and, right behind it, the bare round trips.
    func compare(_ session: String, _ times: inout LatencyTimes) throws {
        let request = RunRequests.turn(session: session)
        try times.turn.time { try worker.http(request) }

        let same = RunRequests.model(bytes: try canned.lastLength())
        try times.model.time { try model.http(same) }

        let (get, set) = (RedisCommand.get("bench-small"), RedisCommand.setex("bench-small", Array("small".utf8)))
        try times.redis.time {
            try redis.redis(get)
            try redis.redis(set)
        }
        let history = Array(try redis.redis(RedisCommand.get("session:" + session)))
        let (getAll, setAll) = (RedisCommand.get("bench-same"), RedisCommand.setex("bench-same", history))
        try redis.redis(setAll)
        // Redis has rested then, as it had before the other two.
        try model.http(same)
        try times.redisHistory.time {
            try redis.redis(getAll)
            try redis.redis(setAll)
        }
    }
}

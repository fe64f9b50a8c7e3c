import Foundation
import TestSupport

/// What Redis itself can do on this machine, as its own `redis-benchmark` sees it.
enum RedisBenchmark {
    /// How many times per second a GET and a SETEX of `value` fit, over so many connections. No pipelining.
    static func pairsPerSecond(_ redis: RedisServer, value: [UInt8], connections: Int) async throws -> Double {
        let key = "bench:__rand_int__"
        let set = try await perSecond(
            redis,
            ["SETEX", key, "1800", String(decoding: value, as: UTF8.self)],
            connections: connections
        )
        let get = try await perSecond(redis, ["GET", key], connections: connections)
        return 1 / (1 / set + 1 / get)
    }

    private static func perSecond(_ redis: RedisServer, _ command: [String], connections: Int) async throws -> Double {
        let directory = try TemporaryDirectory("redis-benchmark")
        let options = ["-p", String(redis.port), "-c", String(connections), "-n", "100000", "-r", "10000", "--csv"]
        let child = try ChildProcess("redis-benchmark", options + command, outputPath: directory.file("output"))
        let exit = await child.waitForExit()
        // The command itself, which may hold anything, then the rate and six latencies.
        let numbers = child.output.split(separator: "\n").last?.split(separator: ",").suffix(7) ?? []
        guard exit == .exited(0), let rate = numbers.first.flatMap({ Double($0.filter { $0 != "\"" }) }) else {
            throw ServerError("redis-benchmark ended with \(exit):\n\(child.output.suffix(2000))")
        }
        return rate
    }
}

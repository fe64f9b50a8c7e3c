import TestSupport

/// The bytes that a Redis has received and sent since it started.
final class RedisTraffic {
    private let connection: BlockingConnection
    /// What one reading adds to the counts, as the next one sees it.
    private(set) var ownInput = 0
    private(set) var ownOutput = 0

    init(_ redis: RedisServer) throws {
        connection = try BlockingConnection(port: redis.port)
        let first = try read()
        let second = try read()
        ownInput = second.input - first.input
        ownOutput = second.output - first.output
    }

    func read() throws -> (input: Int, output: Int) {
        let page = String(decoding: try connection.redis(RedisCommand.info("stats")), as: UTF8.self)
        func value(_ name: String) throws -> Int {
            let line = page.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
            guard let value = line?.split(separator: ":").last.flatMap({ Int($0) }) else {
                throw ServerError("Redis does not tell \(name)")
            }
            return value
        }
        return (try value("total_net_input_bytes"), try value("total_net_output_bytes"))
    }
}

import Agent
import Redis

@testable import Sessions

extension RedisStage {
    /// How often each command has run, scripts' own commands included.
    func calls() async throws -> [String: Int] {
        let text = try await store.client.send(RedisCommand("INFO", "commandstats")).text()
        var calls: [String: Int] = [:]
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("cmdstat_") {
            let parts = line.dropFirst("cmdstat_".count).split(separator: ":", maxSplits: 1)
            let count = parts.last?.dropFirst("calls=".count).prefix { $0 != "," }
            calls[String(parts[0])] = count.flatMap { Int($0) }
        }
        return calls
    }

    func waiting(_ session: SessionID) async throws -> Int {
        try await store.client.send(RedisCommand("LLEN", SessionKeys(session).waiting)).integer()
    }
}

extension [String: Int] {
    /// What has been added since.
    func minus(_ other: Self) -> Self {
        Dictionary(
            uniqueKeysWithValues: compactMap { name, count in
                let rest = count - (other[name] ?? 0)
                return rest == 0 ? nil : (name, rest)
            }
        )
    }
}

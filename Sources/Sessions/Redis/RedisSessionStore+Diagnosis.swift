import Redis

extension RedisSessionStore {
    /// Something about the server that endangers sessions, for the log of the start.
    package struct Finding: Sendable, Equatable, CustomStringConvertible {
        package enum Severity: String, Sendable { case notice, warning, error }

        package var severity: Severity
        package var description: String
    }

    /// Looks at the server's version and at what it does when memory runs out. What the server does not let us see is
    /// a notice; a server that cannot be asked at all is an error.
    package func diagnose() async -> [Finding] {
        await [versionFinding(), evictionFinding()].compactMap(\.self)
    }

    private func versionFinding() async -> Finding? {
        do throws(RedisError) {
            let information = try await client.send(RedisCommand("INFO", "server")).text()
            guard let version = Self.version(in: information) else {
                return Finding(severity: .notice, description: "The version of Redis is unknown.")
            }
            guard (version.split(separator: ".").first.flatMap { Int($0) } ?? 0) < 7 else { return nil }
            return Finding(severity: .error, description: "Redis \(version) is too old: 7.0 or later is needed.")
        } catch {
            guard error.code.serverPrefix == "NOPERM" else {
                return Finding(severity: .error, description: "Redis does not answer (\(error.code)).")
            }
            return Finding(severity: .notice, description: "The version of Redis is unknown: INFO is not allowed.")
        }
    }

    private func evictionFinding() async -> Finding? {
        guard let reply = try? await client.send(RedisCommand("CONFIG", "GET", "maxmemory-policy")),
            let pair = try? reply.array(count: 2), let policy = try? pair[1].text()
        else {
            return Finding(severity: .notice, description: "The eviction policy of Redis is unknown: no CONFIG GET.")
        }
        guard policy != "noeviction" else { return nil }
        let advice = "It may drop sessions before they expire; set maxmemory-policy noeviction."
        return Finding(severity: .warning, description: "Redis evicts by \(policy). \(advice)")
    }

    /// The value of `redis_version` in the answer to INFO.
    static func version(in information: String) -> Substring? {
        information.split(whereSeparator: \.isNewline).first { $0.hasPrefix("redis_version:") }?
            .dropFirst("redis_version:".count)
    }
}

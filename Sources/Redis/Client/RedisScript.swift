import COpenSSL

/// A Lua script and the digest by which the server knows it.
package struct RedisScript: Sendable {
    package let source: [UInt8]
    /// SHA-1 of the source, 40 lower-case hexadecimal digits: what EVALSHA takes.
    package let digest: String

    package init(_ source: [UInt8]) {
        self.source = source
        var hash = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        _ = SHA1(source, source.count, &hash)
        digest = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension RedisClient {
    /// Runs `script` atomically on the server. Its source travels only when the server does not have it: after a
    /// restart, a failover or SCRIPT FLUSH.
    package func eval(
        _ script: RedisScript,
        keys: [String],
        arguments: [any RedisArgument] = []
    ) async throws(RedisError) -> RedisReply {
        let rest = [keys.count.redisBytes] + keys.map(\.redisBytes) + arguments.map(\.redisBytes)
        let deadline = commandDeadline()
        do throws(RedisError) {
            let evalSHA = RedisCommand(["EVALSHA".redisBytes, script.digest.redisBytes] + rest)
            return try await send(evalSHA, by: deadline)
        } catch {
            guard error.code == .server("NOSCRIPT") else { throw error }
        }
        // EVAL runs the script and leaves it in the server's cache.
        return try await send(RedisCommand(["EVAL".redisBytes, script.source] + rest), by: deadline)
    }
}

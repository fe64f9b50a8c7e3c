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
    ///
    /// - Parameter isCancellable: whether a caller who is cancelled leaves at once; else they get the reply all the same.
    package func eval(
        _ script: RedisScript,
        keys: [String],
        arguments: [any RedisArgument] = [],
        isCancellable: Bool = true
    ) async throws(RedisError) -> RedisReply {
        let deadline = commandDeadline()
        do throws(RedisError) {
            return try await send(RedisCommand("EVALSHA", script.digest, keys, arguments), by: deadline, isCancellable)
        } catch {
            guard error.code == .server("NOSCRIPT") else { throw error }
        }
        // EVAL runs the script and leaves it in the server's cache.
        return try await send(RedisCommand("EVAL", script.source, keys, arguments), by: deadline, isCancellable)
    }
}

extension RedisCommand {
    fileprivate init(
        _ name: String,
        _ script: some RedisArgument,
        _ keys: [String],
        _ arguments: [any RedisArgument]
    ) {
        self.init(name, script, keys.count)
        reserve(
            arguments: keys.count + arguments.count,
            bytes: keys.reduce(0) { $0 + $1.redisSize } + arguments.reduce(0) { $0 + $1.redisSize }
        )
        for key in keys { append(key) }
        for argument in arguments { append(argument) }
    }
}

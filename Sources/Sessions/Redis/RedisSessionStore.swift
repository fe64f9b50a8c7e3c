package import Agent
package import Redis

/// Sessions in Redis 7.0 or later, shared by all workers. The history is exactly what any other program can read and
/// write: `session:<id>`, a JSON array, by SETEX; what else is known lies beside it, see `SessionKeys`.
///
/// Runs nothing itself: `client` must be run as a service.
package struct RedisSessionStore: SessionStore {
    package let name = "redis"
    let client: RedisClient
    private let scripts = SessionScripts()
    private let maximumHistoryBytes: Int

    /// - Parameter maximumHistoryBytes: the largest history that is taken or given, at most half of the client's own
    ///   limits for commands and replies: a reply beyond those would cost the connection all other replies.
    package init(client: RedisClient, maximumHistoryBytes: Int = 16 * 1024 * 1024) {
        self.client = client
        let limits = client.configuration
        self.maximumHistoryBytes = min(
            maximumHistoryBytes,
            limits.maximumReplyBytes / 2,
            limits.maximumCommandBytes / 2
        )
    }

    package func begin(_ session: SessionID) async throws(StoreError) -> StoredSession? {
        try await read(session, by: scripts.begin)
    }

    package func load(_ session: SessionID) async throws(StoreError) -> StoredSession? {
        try await read(session, by: scripts.load)
    }

    private func read(_ session: SessionID, by script: RedisScript) async throws(StoreError) -> StoredSession? {
        let reply = try await run(script, SessionKeys(session), [maximumHistoryBytes])
        return try translatingErrors { () throws(RedisError) in
            guard reply != .null else { return nil }
            let fields = try reply.array(count: 5)
            let milliseconds = try fields[4].integer()
            return StoredSession(
                history: try fields[0].bytes(),
                meta: try meta(fields[1...3]),
                // Rounded up: a session that is there has at least a second.
                expiresIn: milliseconds < 0 ? nil : max(1, (milliseconds + 999) / 1000)
            )
        }
    }

    package func commit(_ commit: SessionCommit) async throws(StoreError) {
        guard commit.history.count <= maximumHistoryBytes else {
            throw StoreError(.tooLarge, "A history of \(commit.history.count) bytes is too large.")
        }
        // SETEX refuses 0 and what overflows in milliseconds; 68 years are for ever.
        let timeToLive = min(max(commit.timeToLive, 1), Int(Int32.max))
        _ = try await run(scripts.commit, SessionKeys(commit.session), [commit.history, timeToLive])
    }

    package func clear(_ session: SessionID) async throws(StoreError) {
        _ = try await run(scripts.clear, SessionKeys(session))
    }

    /// Redis removes expired sessions itself, and a session's meta expires with it: what is found here was left over
    /// by another program that deleted a history, or moved its end.
    package func cleanup() async throws(StoreError) -> Int {
        var removed = 0
        var cursor = "0"
        repeat {
            let page = try await nextPage(from: cursor)
            removed += try await sweep(page.found)
            cursor = page.cursor
        } while cursor != "0"
        return removed
    }

    /// Whether Redis would take a commit now: asks it to run a script that might write, and does not.
    package func check() async throws(StoreError) {
        _ = try await translatingErrors { () async throws(RedisError) in try await client.eval(scripts.check, keys: [])
        }
    }

    private func meta(_ fields: ArraySlice<RedisReply>) throws(RedisError) -> SessionMeta? {
        let numbers = try fields.map { field throws(RedisError) in try field.optionalInteger() }
        guard let turns = numbers[0], let created = numbers[1], let updated = numbers[2] else { return nil }
        return SessionMeta(turns: turns, createdAt: created, updatedAt: updated)
    }

    /// A bounded part of the key space, and the cursor of the next one; `"0"` begins and ends.
    private func nextPage(from cursor: String) async throws(StoreError) -> (cursor: String, found: [SessionKeys]) {
        try await translatingErrors { () async throws(RedisError) in
            let scan = RedisCommand("SCAN", cursor, "MATCH", SessionKeys.metaPattern, "COUNT", 500)
            let parts = try await client.send(scan).array(count: 2)
            let keys = try parts[1].array().map { key throws(RedisError) in try key.text() }
            return (try parts[0].text(), keys.compactMap(SessionKeys.init(meta:)))
        }
    }

    /// Removes what is left over under these keys, all at once: the commands share a few packets.
    private func sweep(_ page: [SessionKeys]) async throws(StoreError) -> Int {
        let results = await withTaskGroup(of: Result<RedisReply, StoreError>.self) { group in
            for keys in page {
                group.addTask {
                    do throws(StoreError) { return .success(try await run(scripts.sweep, keys)) } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var removed = 0
        for result in results {
            let reply = try result.get()
            removed += try translatingErrors { () throws(RedisError) in try reply.integer() }
        }
        return removed
    }

    private func run(
        _ script: RedisScript,
        _ keys: SessionKeys,
        _ arguments: [any RedisArgument] = []
    ) async throws(StoreError) -> RedisReply {
        try await translatingErrors { () async throws(RedisError) in
            try await client.eval(script, keys: [keys.history, keys.meta], arguments: arguments)
        }
    }
}

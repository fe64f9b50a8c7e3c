package import Agent
import Redis

extension RedisSessionStore {
    /// How many times one page asks for a part of the key space. Most of the keys met belong to no history, or to someone
    /// else's.
    private static let scansPerPage = 64

    /// A position is a cursor of SCAN. What one SCAN finds belongs together, so that what is too much for the page goes
    /// along with the cursor.
    package func list(_ query: SessionQuery) async throws(StoreError) -> SessionPage {
        let start = query.cursor ?? SessionCursor(position: 0)
        var found = try await describe(start.met, of: query.owner)
        var position = start.position
        for _ in 0..<Self.scansPerPage {
            guard let current = position, found.count < query.limit else { break }
            // No more than a few may be too much; fewer at a time would cost more than they do.
            let count = min(max(query.limit - found.count, 16), 1000)
            let part = try await scan(
                from: current,
                ["MATCH", SessionKeys.historyPattern, "TYPE", "string", "COUNT", count]
            )
            found += try await describe(part.keys.compactMap(SessionID.init(historyKey:)), of: query.owner)
            position = part.next
        }
        return SessionPage(found, upTo: query.limit, next: position)
    }

    /// Redis removes expired sessions itself, and a session's meta expires with it: what is found here was left over
    /// by another program that deleted a history, or moved its end.
    package func cleanup(dryRun: Bool) async throws(StoreError) -> Int {
        var removed = 0
        try await scanAll("MATCH", SessionKeys.metaPattern, "COUNT", 500) { keys throws(StoreError) in
            let replies = try await evalEach(
                scripts.sweep,
                on: keys.compactMap(SessionKeys.init(meta:)),
                dryRun ? 1 : 0
            )
            for reply in replies { removed += try translatingErrors { () throws(RedisError) in try reply.integer() } }
        }
        return removed
    }

    package func forget(_ principal: Principal) async throws(StoreError) -> Int {
        var cleared = 0
        try await scanAll("MATCH", SessionKeys.metaPattern, "COUNT", 500) { keys throws(StoreError) in
            for key in keys where try await owner(underMeta: key) == principal.text {
                guard let session = SessionKeys.session(ofMeta: key) else { continue }
                if try await clear(session, for: .principal(principal)) { cleared += 1 }
            }
        }
        for pattern in SingleTurnKeys.patterns(of: principal) {
            try await scanAll("MATCH", pattern, "COUNT", 500) { keys throws(StoreError) in
                let command = RedisCommand((["UNLINK"] + keys).map(\.redisBytes))
                _ = try await translatingErrors { () async throws(RedisError) in try await client.send(command) }
            }
        }
        try await scanAll("MATCH", RunKeys.statePattern, "COUNT", 500) { keys throws(StoreError) in
            try await drop(keys.compactMap(RunID.init(stateKey:)), of: principal)
        }
        return cleared
    }

    private func owner(underMeta key: String) async throws(StoreError) -> String? {
        try await translatingErrors { () async throws(RedisError) in
            let reply = try await client.send(RedisCommand("HGET", key, "owner"))
            return reply == .null ? nil : try reply.text()
        }
    }

    /// Shows all keys that match to `body`, in parts that are not empty. What is there all the time is met once at least.
    private func scanAll(
        _ options: any RedisArgument...,
        body: ([String]) async throws(StoreError) -> Void
    ) async throws(StoreError) {
        var position: UInt64? = 0
        while let current = position {
            let part = try await scan(from: current, options)
            if !part.keys.isEmpty { try await body(part.keys) }
            position = part.next
        }
    }

    /// What there is of these sessions, in their order.
    private func describe(_ sessions: [SessionID], of owner: Principal?) async throws(StoreError) -> [SessionSummary] {
        let replies = try await evalEach(scripts.describe, on: sessions.map(SessionKeys.init), owner?.text ?? "")
        return try translatingErrors { () throws(RedisError) in
            var found: [SessionSummary] = []
            for (session, reply) in zip(sessions, replies) where reply != .null {
                found.append(try SessionSummary(session, reply.array(count: 8)))
            }
            return found
        }
    }

    /// A bounded part of the key space and where the next one begins; 0 begins, `nil` ends.
    private func scan(
        from position: UInt64,
        _ options: [any RedisArgument]
    ) async throws(StoreError) -> (keys: [String], next: UInt64?) {
        let command = RedisCommand("SCAN", [String(position)] + options)
        return try await translatingErrors { () async throws(RedisError) in
            let parts = try await client.send(command).array(count: 2)
            guard let next = UInt64(try parts[0].text()) else {
                throw RedisError(.unexpectedReply, "no cursor of SCAN")
            }
            let keys = try parts[1].array().map { key throws(RedisError) in try key.text() }
            return (keys, next == 0 ? nil : next)
        }
    }

    private func evalEach(
        _ script: RedisScript,
        on sessions: [SessionKeys],
        _ argument: any RedisArgument
    ) async throws(StoreError) -> [RedisReply] {
        try await evalEach(
            script,
            sessions.map { ([$0.history, $0.meta, $0.lease, $0.waiting, $0.journal], [argument]) }
        )
    }
}

extension SessionSummary {
    /// What the describing script answers.
    fileprivate init(_ session: SessionID, _ fields: [RedisReply]) throws(RedisError) {
        let milliseconds = try fields[5].integer()
        self.init(
            session: session,
            owner: fields[1] == .null ? nil : try fields[1].text(),
            turns: try fields[2].optionalInteger(),
            createdAt: try fields[3].optionalInteger(),
            updatedAt: try fields[4].optionalInteger(),
            expiresIn: milliseconds < 0 ? nil : max(1, (milliseconds + 999) / 1000),
            bytes: try fields[0].integer(),
            activeRun: fields[6] == .null ? nil : try fields[6].text(),
            waiting: try fields[7].integer()
        )
    }
}

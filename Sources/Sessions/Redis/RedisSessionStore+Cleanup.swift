package import Agent
import Redis

extension RedisSessionStore {
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
                    let names = [keys.history, keys.meta, keys.lease, keys.waiting]
                    do throws(StoreError) { return .success(try await eval(scripts.sweep, names, [])) } catch {
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
}

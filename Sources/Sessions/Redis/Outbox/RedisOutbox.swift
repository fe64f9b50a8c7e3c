import Agent
package import Redis

/// What was committed and is not archived yet, in Redis: commits and clears leave entries in the same step, all workers take
/// them to the archive together. See `shared-outbox.lua`.
package struct RedisOutbox: Sendable {
    /// Entries up to this number and size are taken at once.
    private static let portion = (entries: 100, bytes: 4 * 1024 * 1024)
    private static let group = "archive"

    let client: RedisClient
    /// What may wait, in bytes; clears have twice as much room.
    let maximumBytes: Int
    /// Raised when this worker has left an entry.
    let news = Signal()
    private let scripts = OutboxScripts()

    package init(client: RedisClient, maximumBytes: Int) {
        self.client = client
        self.maximumBytes = maximumBytes
    }

    /// Entries that nobody has taken, or that were taken at least `silence` ago and not finished since.
    func take(abandonedFor silence: Duration? = nil) async throws(StoreError) -> [OutboxEntry] {
        let reply = try await eval(
            scripts.take,
            [
                Self.group, silence.map { String($0.milliseconds) } ?? "", Self.portion.entries, Self.portion.bytes,
            ]
        )
        return try translatingErrors { () throws(RedisError) in
            let fields = try reply.array()
            return try stride(from: 0, to: fields.count - fields.count % 3, by: 3).map { index throws(RedisError) in
                try OutboxEntry(
                    id: OutboxID(fields[index].text()),
                    turn: fields[index + 1].integer(),
                    bytes: fields[index + 2].bytes()
                )
            }
        }
    }

    /// Removes entries that are archived.
    func finish(_ entries: [OutboxEntry]) async throws(StoreError) {
        let ids: [any RedisArgument] = entries.map(\.id.text)
        _ = try await eval(scripts.finish, [Self.group] + ids)
    }

    /// Removes what waits of `subject`: how many entries, and the position up to which nothing of it waits any more.
    func purge(_ subject: ErasureSubject) async throws(StoreError) -> (removed: Int, position: Int) {
        let (session, owner) =
            switch subject {
            case .session(let session, let owner): (session.text, owner?.text ?? "")
            case .user(let principal): ("", principal.text)
            }
        var (from, removed, last) = ("-", 0, "")
        repeat {
            let reply = try await eval(scripts.purge, [from, session, owner, last])
            let parts = try translatingErrors { () throws(RedisError) in
                let parts = try reply.array(count: 3)
                return (try parts[0].text(), try parts[1].integer(), try parts[2].text())
            }
            (from, last) = (parts.0, parts.2)
            removed += parts.1
        } while !from.isEmpty
        return (removed, OutboxID(last).position)
    }

    struct Status: Sendable {
        var waiting: Int
        var oldest: OutboxID?
        var newest: OutboxID?
        /// Redis' time in milliseconds.
        var now: Int
        var dropped: Int

        /// For how long the oldest entry has waited, in whole seconds.
        var lagSeconds: Int { oldest.map { max(0, now - $0.milliseconds) / 1000 } ?? 0 }
    }

    func status() async throws(StoreError) -> Status {
        let keys = OutboxKeys.self
        let reply = try await translatingErrors { () async throws(RedisError) in
            try await client.eval(scripts.status, keys: [keys.order, keys.state])
        }
        return try translatingErrors { () throws(RedisError) in
            let fields = try reply.array(count: 5)
            let (oldest, newest) = (try fields[1].text(), try fields[2].text())
            return Status(
                waiting: try fields[0].integer(),
                oldest: oldest.isEmpty ? nil : OutboxID(oldest),
                newest: newest.isEmpty ? nil : OutboxID(newest),
                now: try fields[3].integer(),
                dropped: try fields[4].integer()
            )
        }
    }

    private func eval(_ script: RedisScript, _ arguments: [any RedisArgument]) async throws(StoreError) -> RedisReply {
        try await translatingErrors { () async throws(RedisError) in
            try await client.eval(script, keys: OutboxKeys.all, arguments: arguments)
        }
    }
}

/// Something to be archived, as it waits.
struct OutboxEntry: Sendable, Equatable {
    var id: OutboxID
    /// The number, in its session, of the last turn in it; 0 for a clear.
    var turn: Int
    /// See ``ArchiveEntry/encoded``.
    var bytes: [UInt8]
}

/// The name of an entry in a stream: `milliseconds-number`.
struct OutboxID: Sendable, Equatable {
    let text: String
    let milliseconds: Int
    private let number: Int

    init(_ text: String) {
        self.text = text
        let parts = text.split(separator: "-").map { Int($0) ?? 0 }
        milliseconds = parts.first ?? 0
        number = parts.count > 1 ? parts[1] : 0
    }

    /// Where the entry stands among all, whatever store they come from: nanoseconds since 1970, of which the last six digits
    /// only tell entries of the same millisecond apart.
    var position: Int { milliseconds.multipliedCapped(by: 1_000_000).addingCapped(min(number, 999_999)) }

    static func <= (one: OutboxID, other: OutboxID) -> Bool {
        (one.milliseconds, one.number) <= (other.milliseconds, other.number)
    }
}

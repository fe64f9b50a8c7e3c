import Agent
import Postgres

/// What `look.sql` tells of a session at one moment.
struct SessionSight {
    /// Milliseconds since 1970 by the server's clock.
    var now: Int
    /// What a write must find again; `nil` when there is no row yet.
    var version: Int?
    var control: SessionControl
    /// Whether the session has a history that has not expired.
    var hasHistory: Bool
    /// Bytes of the history.
    var size: Int
    /// Turns committed of the history that is there; `nil` before the first one.
    var turns: Int?
    var fingerprint: HistoryFingerprint

    /// - Throws: `.unreadable` when the control is none.
    init(_ rows: PostgresRows, limits: SessionControl.Limits) throws(StoreError) {
        let (row, settled, control) = try translatingErrors { () throws(PostgresError) in
            guard let row = rows.first else { throw PostgresError(.unexpectedResult, "no row about the session") }
            var settled: [SessionControl.SettledKey] = []
            for row in rows { if let key = try SessionControl.SettledKey(row, at: 7) { settled.append(key) } }
            return (row, settled, try row.optionalBytes(2))
        }
        (now, version, hasHistory, size, turns) = try translatingErrors { () throws(PostgresError) in
            let hasHistory = try row.bool(3)
            return (
                try row.int(0), try row.optionalInt(1), hasHistory, try row.optionalInt(5) ?? 0,
                hasHistory ? try row.optionalInt(6) : nil
            )
        }
        fingerprint = .none
        if hasHistory {
            fingerprint = try translatingErrors { () throws(PostgresError) in
                HistoryFingerprint(version: try row.int(4))
            }
        }
        self.control = try SessionControl(stored: control, settled: settled, limits: limits, now: now)
    }
}

extension SessionControl {
    /// - Parameter bytes: `nil` where nobody has wanted a turn yet.
    init(
        stored bytes: [UInt8]?,
        settled: [SettledKey] = [],
        limits: Limits,
        now: Int
    ) throws(StoreError) {
        guard let bytes else {
            self.init(settled: settled, limits: limits, now: now)
            return
        }
        do throws(JSONError) {
            try self.init(parsing: bytes, settled: settled, limits: limits, now: now)
        } catch {
            throw StoreError(.unreadable, "The control of the session is not one of ours.", underlying: error)
        }
    }
}

extension SessionControl.SettledKey {
    /// Key, request, answer, end; `nil` when there is none.
    fileprivate init?(_ row: PostgresRow, at column: Int) throws(PostgresError) {
        guard let key = try row.optionalString(column) else { return nil }
        self.init(
            key: key,
            request: try row.string(column + 1),
            answer: try row.optionalBytes(column + 2),
            until: try row.int(column + 3)
        )
    }
}

extension HistoryFingerprint {
    /// Of a history by the version of the row with which it came.
    init(version: Int) { self.init(String(version)) }
}

extension StoredSession {
    /// History, its version, turns, created, updated, ttl, rate, cut, ms to live; `nil` without a history.
    init?(_ row: PostgresRow, at column: Int) throws(PostgresError) {
        guard let history = try row.optionalBytes(column) else { return nil }
        self.init(
            history: history,
            meta: try SessionMeta(row, at: column + 2),
            expiresIn: try row.optionalInt(column + 8).map(Self.seconds)
        )
    }

    /// Rounded up: a session that is there has at least a second.
    static func seconds(_ milliseconds: Int) -> Int { max(1, (milliseconds + 999) / 1000) }
}

extension SessionMeta {
    /// Turns, created, updated, ttl, rate, cut; `nil` when no turn of ours was committed.
    fileprivate init?(_ row: PostgresRow, at column: Int) throws(PostgresError) {
        guard let turns = try row.optionalInt(column) else { return nil }
        self.init(
            turns: turns,
            createdAt: try row.microseconds(column + 1) / 1_000_000,
            updatedAt: try row.microseconds(column + 2) / 1_000_000,
            timeToLive: try row.int(column + 3),
            tokenRate: try row.optionalInt(column + 4),
            turnsCut: try row.optionalInt(column + 5) ?? 0
        )
    }
}

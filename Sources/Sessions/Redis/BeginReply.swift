import Agent
import Redis

/// What the begin scripts answer.
enum BeginReply {
    case decided(TurnAdmission)
    /// Ask again when told to, or after so many milliseconds. Meanwhile `holder` runs. `seen` goes into the next
    /// question: a clear is noticed by it.
    case wait(milliseconds: Int, holder: String, seen: String)

    init(_ reply: RedisReply, to claim: TurnClaim) throws(RedisError) {
        let fields = try reply.array()
        let kind = try fields.first?.text() ?? ""
        switch (kind, fields.count) {
        case ("begun", 3):
            let basis = TurnBasis(
                lease: try Self.lease(fields, claim),
                stored: nil,
                journal: try Self.journal(fields[2])
            )
            self = .decided(.begun(basis))
        case ("begun", 12):
            let basis = TurnBasis(
                lease: try Self.lease(fields, claim),
                stored: try StoredSession(fields[3...10]),
                isUnchanged: fields[3] == .integer(1),
                fingerprint: HistoryFingerprint(try fields[2].text()),
                journal: try Self.journal(fields[11])
            )
            self = .decided(.begun(basis))
        case ("wait", 4):
            self = .wait(
                milliseconds: try fields[1].integer(),
                holder: try fields[2].text(),
                seen: try fields[3].text()
            )
        case ("replayed", 2): self = .decided(.replayed(answer: try fields[1].bytes()))
        case ("busy", 2): self = .decided(.busy(runID: try fields[1].text()))
        case ("overloaded", 1): self = .decided(.overloaded)
        case ("foreign", 1): self = .decided(.notFound)
        case ("cleared", 1): self = .decided(.cleared)
        case ("reused", 1): self = .decided(.keyReused)
        default: throw RedisError(.unexpectedReply, "no answer of the begin script")
        }
    }

    private static func journal(_ field: RedisReply) throws(RedisError) -> [[UInt8]] {
        try field.array().map { entry throws(RedisError) in try entry.bytes() }
    }

    private static func lease(_ fields: [RedisReply], _ claim: TurnClaim) throws(RedisError) -> Lease {
        Lease(
            scope: claim.scope,
            runID: claim.runID,
            fence: try fields[1].integer(),
            idempotency: claim.idempotency
        )
    }
}

extension StoredSession {
    /// History, or 1 when it is known already, turns, created, updated, time to live, rate, cut, milliseconds left or -1; `nil` without a history.
    init?(_ fields: ArraySlice<RedisReply>) throws(RedisError) {
        let fields = Array(fields)
        guard fields.count == 8 else { throw RedisError(.unexpectedReply, "wanted the 8 fields of a session") }
        guard let history = try fields[0] == .integer(1) ? [] : fields[0].optionalBytes() else { return nil }
        let milliseconds = try fields[7].integer()
        self.init(
            history: history,
            meta: try SessionMeta(fields),
            // Rounded up: a session that is there has at least a second.
            expiresIn: milliseconds < 0 ? nil : max(1, (milliseconds + 999) / 1000)
        )
    }
}

extension SessionMeta {
    /// `nil` when no turn of ours was committed.
    fileprivate init?(_ fields: [RedisReply]) throws(RedisError) {
        let numbers = try fields[1...6].map { field throws(RedisError) in try field.optionalInteger() }
        guard let turns = numbers[0], let created = numbers[1], let updated = numbers[2], let timeToLive = numbers[3]
        else { return nil }
        self.init(
            turns: turns,
            createdAt: created,
            updatedAt: updated,
            timeToLive: timeToLive,
            tokenRate: numbers[4],
            turnsCut: numbers[5] ?? 0
        )
    }
}

package import Agent
import Logging
import Redis

extension RedisSessionStore {
    package func commit(_ record: TurnRecord) async throws(StoreError) -> CommitVerdict {
        let answers = record.settled.map(\.answer.count)
        for size in [record.change?.history.count, record.answer?.count].compactMap(\.self) + answers
        where size > maximumHistoryBytes {
            throw StoreError(.tooLarge, "A history or answer of \(size) bytes is too large.")
        }
        let reply: RedisReply
        switch (record.lease.scope, record.lease.idempotency) {
        case (.session(let session), _): reply = try await store(record, in: SessionKeys(session))
        case (.principal(let principal), let idempotency?):
            let keys = SingleTurnKeys(principal, idempotency)
            let arguments: [any RedisArgument] = [record.lease.runID.text, idempotency.request]
            let answer: [any RedisArgument] = record.answer.map { [$0] } ?? []
            reply = try await eval(
                scripts.singleCommit,
                [keys.record, keys.waiting, keys.journal, keys.last],
                arguments + answer
            )
        case (.principal, nil): return .stored
        }
        if reply == .array([.bulk(Array("unarchived".utf8))]) {
            logger.error("Outbox full: a turn is not archived", metadata: ["run_id": "\(record.lease.runID)"])
            return .stored
        }
        if record.archived != nil { outbox?.news.raise() }
        return try translatingErrors { () throws(RedisError) in try CommitVerdict(reply) }
    }

    /// The outbox for a script that leaves `entry` in it. One that is too large to be sent along is counted as one that
    /// finds no room.
    func archiving(_ entry: ArchiveEntry?) -> (keys: [String], arguments: [any RedisArgument]) {
        guard let outbox, let entry else { return ([], ["", ""]) }
        let bytes: [UInt8] = entry.encoded.count <= maximumHistoryBytes ? entry.encoded : []
        return (OutboxKeys.all, [outbox.maximumBytes, bytes])
    }

    private func store(_ record: TurnRecord, in keys: SessionKeys) async throws(StoreError) -> RedisReply {
        let (lease, change) = (record.lease, record.change)
        let written = change?.history.written
        let (outboxKeys, archiving) = archiving(record.archived)
        var names =
            [keys.history, keys.meta, keys.lease, keys.waiting, keys.journal, keys.records] + outboxKeys
        var arguments: [any RedisArgument] = [
            lease.runID.text, lease.fence, maximumHistoryBytes,
            // SETEX refuses 0 and what overflows in milliseconds; 68 years are for ever.
            change.map { String(min(max($0.timeToLive, 1), Int(Int32.max))) } ?? "",
            written?.bytes ?? [],
            change?.fingerprint.text ?? "",
            change?.tokenRate.map(String.init) ?? "",
            change?.turnsCut ?? 0,
            change?.turns ?? 0,
            written?.offset.map(String.init) ?? "",
            record.settled.count,
        ]
        arguments += archiving
        for run in record.settled {
            arguments += [run.runID.text, run.idempotency.key, run.idempotency.request, run.answer]
        }
        if let idempotency = lease.idempotency {
            names.append(keys.record(idempotency))
            arguments += [idempotency.key, idempotency.request]
            if let answer = record.answer { arguments.append(answer) }
        }
        return try await eval(scripts.commit, names, arguments)
    }
}

extension CommitVerdict {
    /// What the commit scripts answer.
    fileprivate init(_ reply: RedisReply) throws(RedisError) {
        let fields = try reply.array()
        switch (try fields.first?.text() ?? "", fields.count) {
        case ("stored", 1): self = .stored
        case ("cleared", 1): self = .cleared
        case ("superseded", 1): self = .superseded
        case ("changed", 3):
            self = .changed(history: try fields[1].bytes(), HistoryFingerprint(try fields[2].text()))
        default: throw RedisError(.unexpectedReply, "no answer of the commit script")
        }
    }
}

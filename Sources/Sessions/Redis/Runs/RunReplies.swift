import Agent
import Redis

/// What the scripts about runs answer.
extension RunWish {
    init(_ reply: RedisReply) throws(RedisError) {
        switch try reply.text() {
        case "nothing": self = .nothing
        case "cancel": self = .cancel
        case "forgotten": self = .forgotten
        default: throw RedisError(.unexpectedReply, "no answer about a run")
        }
    }
}

extension RunRecord.State {
    init(_ reply: RedisReply) throws(RedisError) {
        guard let state = Self(rawValue: try reply.text()) else {
            throw RedisError(.unexpectedReply, "no state of a run")
        }
        self = state
    }
}

extension RecordedRun {
    /// Owner, session, state, created, started, ended, steps, tool calls, write calls, 1 when it is lost, name and data of
    /// the last event.
    init(_ id: RunID, _ fields: [RedisReply]) throws(RedisError) {
        guard let principal = Principal(try fields[0].text()) else {
            throw RedisError(.unexpectedReply, "no owner of a run")
        }
        let record = RunRecord(
            id: id,
            principal: principal,
            session: SessionID(try fields[1].text()),
            state: try RunRecord.State(fields[2]),
            createdAt: try fields[3].integer(),
            startedAt: try fields[4].knownInteger(),
            endedAt: try fields[5].knownInteger(),
            used: BudgetUse(
                steps: try fields[6].integer(),
                toolCalls: try fields[7].integer(),
                writeCalls: try fields[8].integer()
            )
        )
        self.init(
            record: record,
            lastEvent: fields[10] == .null ? nil : try EncodedEvent(fields[10...]),
            isLost: try fields[9].integer() == 1
        )
    }
}

extension EncodedEvent {
    /// Name and data.
    fileprivate init(_ fields: ArraySlice<RedisReply>) throws(RedisError) {
        self.init(name: try fields[fields.startIndex].text(), data: try fields[fields.startIndex + 1].bytes())
    }
}

extension EventPage {
    /// How the page ends, then number, name and data of each event.
    init(_ fields: [RedisReply]) throws(RedisError) {
        guard let kind = fields.first, fields.count % 3 == 1 else {
            throw RedisError(.unexpectedReply, "no page of events")
        }
        let end: End
        switch try kind.text() {
        case "open": end = .open
        case "ended": end = .ended
        case "lost": end = .lost
        default: throw RedisError(.unexpectedReply, "no end of a page of events")
        }
        var events: [NumberedEvent] = []
        events.reserveCapacity(fields.count / 3)
        for index in stride(from: 1, to: fields.count, by: 3) {
            let event = try EncodedEvent(fields[(index + 1)...])
            events.append(NumberedEvent(number: try fields[index].integer(), event: event))
        }
        self.init(events: events, end: end)
    }
}

extension RedisReply {
    /// An integer that may be empty when there is none.
    fileprivate func knownInteger() throws(RedisError) -> Int? {
        try bytes().isEmpty ? nil : try integer()
    }
}

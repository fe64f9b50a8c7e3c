import Agent
import Postgres

/// What the statements about runs answer.
extension RunWish {
    /// Whether the run was forgotten, whether it is to be cancelled.
    init(_ row: PostgresRow) throws(PostgresError) {
        self = try row.bool(0) ? .forgotten : try row.bool(1) ? .cancel : .nothing
    }
}

extension RunRecord.State {
    init(_ row: PostgresRow, at column: Int) throws(PostgresError) {
        guard let state = Self(rawValue: try row.string(column)) else {
            throw PostgresError(.unexpectedResult, "no state of a run")
        }
        self = state
    }
}

extension RecordedRun {
    /// Owner, session, state, created, started, ended, steps, tool calls, write calls, whether it is lost, name and data of
    /// the last event.
    init(_ id: RunID, _ row: PostgresRow) throws(PostgresError) {
        guard let principal = Principal(try row.string(0)) else {
            throw PostgresError(.unexpectedResult, "no owner of a run")
        }
        let record = RunRecord(
            id: id,
            principal: principal,
            session: try row.optionalString(1).flatMap { SessionID($0) },
            state: try RunRecord.State(row, at: 2),
            createdAt: try row.int(3),
            startedAt: try row.optionalInt(4),
            endedAt: try row.optionalInt(5),
            used: BudgetUse(steps: try row.int(6), toolCalls: try row.int(7), writeCalls: try row.int(8))
        )
        self.init(record: record, lastEvent: try EncodedEvent(row, at: 10), isLost: try row.bool(9))
    }
}

extension EncodedEvent {
    /// Name and data; `nil` when there is none.
    fileprivate init?(_ row: PostgresRow, at column: Int) throws(PostgresError) {
        guard let name = try row.optionalString(column) else { return nil }
        self.init(name: name, data: try row.bytes(column + 1))
    }
}

extension EventPage {
    /// How the page ends in the first column, number, name and data of an event from the third on.
    init(_ first: PostgresRow, _ rows: PostgresRows) throws(PostgresError) {
        let end: End
        switch try first.string(0) {
        case "open", "newest": end = .open
        case "ended": end = .ended
        case "lost": end = .lost
        default: throw PostgresError(.unexpectedResult, "no end of a page of events")
        }
        var events: [NumberedEvent] = []
        events.reserveCapacity(rows.count)
        for row in rows {
            guard let event = try EncodedEvent(row, at: 3) else { continue }
            events.append(NumberedEvent(number: try row.int(2), event: event))
        }
        self.init(events: events, end: end)
    }
}

import Agent
import Postgres

extension PostgresSessionStore {
    /// What becomes of the history when a control is written.
    enum Deed {
        case nothing
        /// It is wanted, and must live a while. A run of a session begins.
        case grant(RunID?, Principal)
        case store(SessionChange, SessionSight, ArchiveEntry?)
        case clear(Caller, ArchiveEntry)
    }

    struct Decided<Result> {
        var result: Result
        /// What the statement answered; `nil` when there was nothing to write.
        var row: PostgresRow?
        /// The server's time of the decision.
        var now: Int
    }

    /// Lets `event` happen to a session: reads it, and writes what has changed if nobody else has written meanwhile, until
    /// that succeeds or the statement time-out has passed.
    ///
    /// - Parameters:
    ///   - keys: those whose answers the event is about.
    ///   - always: writes even what has not changed, so that a statement that is still on its way comes too late.
    ///   - event: may happen several times, each time to another sight.
    func decide<Result>(
        at place: TurnPlace,
        keys: [String] = [],
        always: Bool = false,
        _ event: (SessionSight, inout SessionControl) throws(StoreError) -> (Result, Deed)
    ) async throws(StoreError) -> Decided<Result> {
        let deadline = ContinuousClock.now + .milliseconds(client.configuration.statementTimeoutMilliseconds)
        await queues.enter(place)
        defer { queues.leave(place) }
        var pause = Duration.milliseconds(1)
        while ContinuousClock.now < deadline {
            let rows = try await query(SessionStatements.look, [.text(place.id), .array(keys)], by: deadline)
            let sight = try SessionSight(rows, limits: limits)
            var control = sight.control
            let (result, deed) = try event(sight, &control)
            let changes = control.takeChanges(since: sight.control)
            if !always, case .nothing = deed, changes.isNone(since: sight.control) {
                return Decided(result: result, row: nil, now: sight.now)
            }
            if let row = try await write(changes, of: control, at: place, over: sight, deed, by: deadline) {
                return Decided(result: result, row: row, now: sight.now)
            }
            do { try await Task.sleep(for: pause * Double.random(in: 0...1)) } catch { throw .callerCancelled }
            pause = min(pause * 2, .milliseconds(16))
        }
        throw StoreError(.unavailable, "Others were faster, for as long as a statement may take.")
    }

    /// `nil`: somebody else has written since.
    private func write(
        _ changes: SessionControl.Changes,
        of control: SessionControl,
        at place: TurnPlace,
        over sight: SessionSight,
        _ deed: Deed,
        by deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> PostgresRow? {
        let (text, own) = statement(for: deed)
        let shared: [PostgresParameter] = [
            .text(place.id), PostgresParameter(sight.version), .json(changes.control),
            PostgresParameter(control.ownerOfHistory), .integer(control.roundedNeed),
            .array(changes.settled.map(\.key)), .array(changes.settled.map(\.request)),
            .array(changes.settled.map(\.answer)), .array(changes.settled.map(\.until)), .array(changes.entries),
            .boolean(changes.dropsEntries), .array(changes.signals.map { SignalName.turn($0).text }),
        ]
        do throws(PostgresError) {
            return try await client.query(text, shared + own, deadline: deadline).first
        } catch {
            // Servers that are set to stricter isolation say it this way.
            if error.sqlState == "40001" { return nil }
            throw StoreError(error)
        }
    }

    private func statement(for deed: Deed) -> (String, [PostgresParameter]) {
        switch deed {
        case .nothing: (SessionStatements.write, [.integer(0), .null, .null, .null])
        case .grant(let run, let principal):
            (
                SessionStatements.write,
                [
                    .integer(limits.retention), PostgresParameter(run?.text), .text(principal.text),
                    .integer(limits.retention + runLife.longest.milliseconds),
                ]
            )
        case .clear(let caller, let entry):
            (
                SessionStatements.clear,
                [.integer(limits.retention), PostgresParameter(caller.principal?.text), archiving(entry)]
            )
        case .store(let change, let sight, let entry):
            (
                SessionStatements.commit,
                [
                    .bytes(change.history.bytes), .integer((sight.turns ?? 0) + change.turns),
                    .boolean(sight.turns == nil), .integer(sight.now),
                    // 68 years are for ever.
                    .integer(min(max(change.timeToLive, 0), Int(Int32.max))),
                    PostgresParameter(change.tokenRate), .integer(change.turnsCut), archiving(entry),
                ]
            )
        }
    }

    private func archiving(_ entry: ArchiveEntry?) -> PostgresParameter {
        PostgresParameter(archives ? entry?.encoded : nil)
    }
}

extension SessionControl.Changes {
    /// Whether a write would be for nothing.
    fileprivate func isNone(since before: SessionControl) -> Bool {
        settled.isEmpty && entries.isEmpty && !dropsEntries && signals.isEmpty && control == before.encoded
    }
}

extension SessionControl {
    /// To whole ten minutes: a column that hardly changes costs its indexes nothing.
    fileprivate var roundedNeed: Int {
        let step = 600_000
        // The year 9999, for journals that are kept for ever.
        let need = min(max(neededUntil, 0), 253_402_300_200_000)
        return (need + step - 1) / step * step
    }
}

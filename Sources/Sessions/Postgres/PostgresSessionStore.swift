package import Agent
package import Logging
package import Postgres
import ServiceLifecycle

/// Sessions in PostgreSQL, shared by all workers; the schema is that of ``PostgresMigrations``.
///
/// What may happen to a session is decided by ``SessionControl``, as in the memory store, with the server's clock: an
/// operation reads the row, decides, and writes it back if nobody else has meanwhile; otherwise it decides again. So no
/// transaction and no lock outlives a statement, each event happens whole, and a turn costs four round trips. A statement
/// whose outcome is unknown may be repeated, since a control knows whose lease it is and what was committed.
///
/// A run that waits or holds is told to look again by NOTIFY, on one channel for all workers. Runs and their events lie in tables
/// of their own, see `002-runs.sql`.
package struct PostgresSessionStore: SessionStore, Service {
    package let name = "postgres"
    let client: PostgresClient
    let limits: SessionControl.Limits
    let runLife: RunLife
    let maximumHistoryBytes: Int
    let board: SignalBoard
    let lostClaims = LostClaims()
    let queues = PlaceQueues()
    /// Whether what is committed is archived by the same statement.
    let archives: Bool
    private let sweepInterval: Duration
    private let subscriber: PostgresSubscriber

    /// See `effects.sql`.
    static let channel = "parley"

    /// Runs only what it needs besides: `client` must be run as a service of its own.
    ///
    /// - Parameters:
    ///   - leaseLength: how long a run that is not heard of keeps its session.
    ///   - turnStretch: how long a session lives at least from the begin of a turn, and the mark of a clear and of a
    ///     run that was forgotten: the longest turn and a lease.
    ///   - runLife: how long runs and their events are known.
    ///   - maximumHistoryBytes: the largest history that is taken or given, at most a quarter of the client's own limit
    ///     for parameters, because answers and journals double on their way.
    ///   - sweepInterval: how often what has expired is looked for.
    ///   - archives: whether what is committed goes into the archive of the same database.
    /// - Throws: `.invalidConfiguration` and `.unavailable`, as the client does.
    package init(
        client: PostgresClient,
        leaseLength: Duration = .seconds(5),
        turnStretch: Duration = .seconds(120),
        runLife: RunLife = RunLife(),
        maximumHistoryBytes: Int = 16 * 1024 * 1024,
        sweepInterval: Duration = .seconds(60),
        archives: Bool = false,
        logger: Logger
    ) throws(PostgresError) {
        self.client = client
        self.archives = archives
        self.runLife = runLife
        self.maximumHistoryBytes = min(maximumHistoryBytes, client.configuration.maximumParameterBytes / 4)
        self.sweepInterval = sweepInterval
        var limits = SessionControl.Limits()
        limits.leaseLength = max(1, leaseLength.milliseconds)
        limits.retention = max(1, turnStretch.milliseconds)
        self.limits = limits
        let board = SignalBoard()
        self.board = board
        subscriber = try PostgresSubscriber(client.configuration, channel: Self.channel, logger: logger) { event in
            board.heard(event)
        }
    }

    /// Listens for signals, gives back what is granted too late, and removes what has expired, until the service is shut
    /// down or cancelled. Without it turns wait longer, and no worse.
    package func run() async {
        await withTaskGroup { group in
            group.addTask { await subscriber.run() }
            group.addTask { await cancelWhenGracefulShutdown { await giveLostClaimsBack() } }
            group.addTask { await cancelWhenGracefulShutdown { await sweep() } }
        }
    }

    /// Not all workers at the same moment.
    private func sweep() async {
        while (try? await Task.sleep(for: sweepInterval * Double.random(in: 0.5...1.5))) != nil {
            do throws(StoreError) { _ = try await cleanup(dryRun: false) } catch {
                // The next one finds what this one has left.
            }
        }
    }

    package func answer(to request: Idempotency, in scope: TurnScope) async throws(StoreError) -> [UInt8]? {
        let place = TurnPlace(scope, key: request)
        let rows = try await query(
            SessionStatements.answer,
            [.text(place.id), .text(request.key), .text(request.request)]
        )
        return try translatingErrors { () throws(PostgresError) in try rows.first?.optionalBytes(0) }
    }

    package func load(_ session: SessionID, for caller: Caller) async throws(StoreError) -> StoredSession? {
        guard let found = try await load(session), found.control.isOpen(to: caller, now: found.now) else { return nil }
        return found.session
    }

    package func clear(_ session: SessionID, for caller: Caller) async throws(StoreError) -> Bool {
        let entry = ArchiveEntry(clearing: session, owner: caller.principal)
        let decided = try await decide(at: .session(session)) { sight, control throws(StoreError) in
            let now = sight.now
            guard control.isOpen(to: caller, now: now) else {
                return ((wasThere: false, leavesRuns: caller.principal != nil), .nothing)
            }
            let wasActive = control.isActive(now: now) || control.hasJournal(now: now)
            guard sight.hasHistory || control.neededUntil > now else { return ((false, true), .nothing) }
            control.clear(now: now)
            return ((sight.hasHistory || wasActive, false), .clear(caller, entry))
        }
        if decided.result.leavesRuns {
            // The runs of a session that has expired may still be known.
            try await dropRuns(of: session, for: caller)
            // What is forgotten here must not come back from the archive either.
            if archives { _ = try await query(ArchiveStatements.mark, [.bytes(entry.encoded)]) }
        }
        return decided.result.wasThere
    }

    package func check() async throws(StoreError) { try await PostgresMigrations.check(client) }

    /// A session that has a history, and what is known of it.
    struct Found {
        var session: StoredSession
        var fingerprint: HistoryFingerprint
        var control: SessionControl
        var now: Int
    }

    /// The session, whoever's it is; `nil` when it has no history. Throws `.tooLarge`.
    func load(_ session: SessionID) async throws(StoreError) -> Found? {
        let rows = try await query(SessionStatements.load, [.text(session.text), .integer(maximumHistoryBytes)])
        guard let row = rows.first else { return nil }
        let (now, control, size) = try translatingErrors { () throws(PostgresError) in
            (try row.int(0), try row.optionalBytes(1), try row.int(2))
        }
        guard size <= maximumHistoryBytes else { throw tooLarge(size) }
        let found = try translatingErrors { () throws(PostgresError) in
            (try StoredSession(row, at: 3), try row.int(4))
        }
        guard let stored = found.0 else { return nil }
        return Found(
            session: stored,
            fingerprint: HistoryFingerprint(version: found.1),
            control: try SessionControl(stored: control, limits: limits, now: now),
            now: now
        )
    }

    /// Runs one statement; throws its error as the store's.
    func query(
        _ text: String,
        _ parameters: [PostgresParameter] = [],
        by deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> PostgresRows {
        do throws(PostgresError) {
            return try await client.query(text, parameters, deadline: deadline)
        } catch {
            throw StoreError(error)
        }
    }

    /// The error for `size` bytes of what must not be larger than a history.
    func tooLarge(_ size: Int) -> StoreError {
        StoreError(.tooLarge, "A history, answer or journal of \(size) bytes is too large.")
    }
}

extension SignalBoard {
    /// Passes on what the subscriber heard: a message is the name of a signal.
    fileprivate func heard(_ event: PostgresSubscriber.Event) {
        switch event {
        case .subscribed: hasGap()
        case .message(let text): heard(text)
        }
    }
}

extension TurnPlace {
    /// The row's id. No session's id has a slash.
    var id: String {
        switch self {
        case .session(let session): session.text
        case .single(let principal, let key): "\(principal)/\(key)"
        }
    }
}

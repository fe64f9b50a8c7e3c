import Agent
import Logging
import Postgres
import Redis
import ServiceLifecycle
import Sessions

/// The session store and the archive that the settings name, with what must run for them.
struct SessionStorePart {
    let store: any SessionStore
    let runs: any RunStore
    /// `nil`: the store never says that a history is unchanged, or none is to be kept.
    let near: NearCache?
    /// `nil`: what the store forgets is gone.
    let archive: PostgresArchive?
    let services: [any Service]
    /// Looks at the store before the worker listens, and logs what endangers sessions. A store that is down does not
    /// keep the worker from starting: it is not ready until the store is.
    let diagnose: @Sendable () async -> Void

    init(_ settings: Settings, logger: Logger) throws {
        // Longer than any run with its lease: no session expires in the middle of a turn.
        let stretch = max(.seconds(120), settings.run.deadline + .seconds(30))
        switch settings.store {
        case .redis(let configuration):
            let client = try RedisClient(configuration, logger: logger)
            let outbox = settings.archive.map { RedisOutbox(client: client, maximumBytes: $0.outboxBytes) }
            let redis = try RedisSessionStore(client: client, turnStretch: stretch, outbox: outbox, logger: logger)
            let database = try settings.archive.map { try PostgresClient($0.exportConfiguration, logger: logger) }
            let archive = database.map { database in
                PostgresArchive(
                    client: database,
                    outbox: outbox,
                    retentionDays: settings.archive?.retentionDays,
                    logger: logger
                )
            }
            near = NearCache(settings)
            store = near.map { NearSessionStore(redis, cache: $0) } ?? redis
            runs = redis
            self.archive = archive
            services = [client, redis] + (database.map { [$0] } ?? []) + (archive.map { [$0] } ?? [])
            diagnose = {
                for finding in await redis.diagnose() { logger.log(level: finding.level, "\(finding.description)") }
                if let database { await Self.checkSchema(of: database, logger) }
            }
        case .postgres(let configuration):
            let client = try PostgresClient(configuration, logger: logger)
            let postgres = try PostgresSessionStore(
                client: client,
                turnStretch: stretch,
                archives: settings.archive != nil,
                logger: logger
            )
            let archive = settings.archive.map {
                PostgresArchive(client: client, outbox: nil, retentionDays: $0.retentionDays, logger: logger)
            }
            near = nil
            store = postgres
            runs = postgres
            self.archive = archive
            services = [client, postgres] + (archive.map { [$0] } ?? [])
            diagnose = { await Self.checkSchema(of: client, logger) }
        case .memory(let ceiling):
            let memory = try MemorySessionStore(ceiling: ceiling, retention: stretch)
            near = NearCache(settings)
            store = near.map { NearSessionStore(memory, cache: $0) } ?? memory
            runs = memory.runs
            archive = nil
            services = [memory]
            diagnose = {}
        }
    }

    private static func checkSchema(of client: PostgresClient, _ logger: Logger) async {
        do throws(StoreError) { try await PostgresMigrations.check(client) } catch { logger.error("\(error.message)") }
    }
}

extension NearCache {
    /// `nil` when nothing may be kept.
    fileprivate convenience init?(_ settings: Settings) {
        guard settings.nearCacheBytes > 0 else { return nil }
        self.init(mostBytes: settings.nearCacheBytes)
    }
}

extension Settings.Archive {
    /// The export needs few connections, and may wait longer than a session.
    fileprivate var exportConfiguration: PostgresConfiguration {
        var configuration = database
        configuration.poolSize = 3
        configuration.statementTimeoutMilliseconds = 10_000
        return configuration
    }
}

extension RedisSessionStore.Finding {
    fileprivate var level: Logger.Level {
        switch severity {
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

import Postgres
import Redis

/// Where sessions are kept.
extension SettingsReader {
    /// What is named, or else what is configured: Redis before PostgreSQL, and memory when neither is.
    func store() throws(SettingsError) -> Settings.Store {
        let ceiling = try integer(.sessionMemory, in: 1_048_576...1 << 44) ?? 268_435_456
        let redis = try redis()
        let database = try database()
        switch (text(.sessionStore), redis, database) {
        case ("memory", _, _), (nil, nil, nil): return .memory(ceiling: ceiling)
        case ("redis", let redis?, _), (nil, let redis?, _): return .redis(redis)
        case ("postgres", _, let database?), (nil, nil, let database?): return .postgres(database)
        case ("redis", nil, _): throw SettingsError(name: .sessionStore, message: "is redis, but REDIS_URL is not set")
        case ("postgres", _, nil):
            throw SettingsError(name: .sessionStore, message: "is postgres, but DATABASE_URL is not set")
        case (let other?, _, _):
            throw SettingsError(name: .sessionStore, message: "must be memory, redis or postgres, not '\(other)'")
        }
    }

    /// Where turns are archived; `nil`: nowhere.
    func archive(of store: Settings.Store) throws(SettingsError) -> Settings.Archive? {
        let retention = try integer(.archiveRetention, in: 1...36_500)
        let bytes = try integer(.archiveOutbox, in: 65_536...1 << 40)
        switch text(.archive) {
        case nil, "off": return nil
        case "postgres": break
        case let other?: throw SettingsError(name: .archive, message: "must be off or postgres, not '\(other)'")
        }
        if case .memory = store {
            throw SettingsError(name: .archive, message: "needs sessions in Redis or PostgreSQL: set REDIS_URL")
        }
        guard let database = try database() else {
            throw SettingsError(name: .archive, message: "is postgres, but DATABASE_URL is not set")
        }
        var archive = Settings.Archive(database: database, retentionDays: retention)
        archive.outboxBytes = bytes ?? archive.outboxBytes
        return archive
    }

    private func redis() throws(SettingsError) -> RedisConfiguration? {
        let timeout = try integer(.redisCommandTimeout, in: 1...60_000)
        guard let url = text(.redisURL) else { return nil }
        var configuration: RedisConfiguration
        do throws(RedisError) {
            configuration = try RedisConfiguration(url: url)
        } catch {
            // The URL holds a password: say what it must be, not what it is.
            throw SettingsError(name: .redisURL, message: "must be redis[s]://[user:password@]host[:port][/db]")
        }
        if let timeout { configuration.commandTimeoutMilliseconds = timeout }
        return configuration
    }

    func database() throws(SettingsError) -> PostgresConfiguration? {
        guard let url = text(.databaseURL) else { return nil }
        do throws(PostgresError) { return try PostgresConfiguration(url: url) } catch {
            // Says what is wrong and never repeats the URL, which holds a password.
            throw SettingsError(name: .databaseURL, message: "is wrong: \(error.message)")
        }
    }
}

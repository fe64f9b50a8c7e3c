package import Agent
package import Postgres

/// The schema `parley`, in numbered steps.
package enum PostgresMigrations {
    /// The scripts in their order; the first takes an empty schema to version 1. (No name begins with a digit.)
    static let scripts = [
        PackageResources._01_sessions_sql,
        PackageResources._02_runs_sql,
        PackageResources._03_archive_sql,
    ]

    /// The version that this program works with.
    package static var newest: Int { scripts.count }

    static let notApplied = "The database has no schema parley, or an old one: run parley migrate."

    /// No other program's number: `parley` in ASCII.
    private static let lock = 0x7061_726C_6579

    /// Takes the database to ``newest``, step by step, each in a transaction and each statement within the client's
    /// time-out. Several may do so at once; what is done already is not done again.
    ///
    /// - Returns: the version that the database had.
    /// - Throws: `.unavailable`, also for a database that is newer than this program.
    @discardableResult
    package static func apply(_ client: PostgresClient) async throws(StoreError) -> Int {
        var first: Int?
        do throws(PostgresError) {
            while true {
                let version = try await client.withTransaction { connection throws(PostgresError) in
                    try await step(connection)
                }
                first = first ?? version
                if version >= newest { break }
            }
        } catch {
            throw StoreError(error)
        }
        let version = first ?? newest
        if version > newest { throw tooNew(version) }
        return version
    }

    /// Takes the database one version further if it needs to; the version that it had.
    private static func step(_ connection: PostgresConnection) async throws(PostgresError) -> Int {
        try await connection.execute("SELECT pg_advisory_xact_lock(\(lock))")
        let version = try await version(connection)
        if version == nil {
            let schema = try await connection.query("SELECT to_regnamespace('parley') IS NOT NULL")
            // Whoever may not make a schema may have been given one.
            if try !schema.single().bool(0) { try await connection.execute("CREATE SCHEMA parley") }
            try await connection.execute(
                """
                CREATE TABLE parley.schema_version (
                    version integer PRIMARY KEY,
                    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
                )
                """
            )
        }
        let current = version ?? 0
        guard current < newest else { return current }
        try await connection.execute(String(decoding: scripts[current], as: UTF8.self))
        _ = try await connection.query(
            "INSERT INTO parley.schema_version (version) VALUES ($1::integer)",
            [.integer(current + 1)]
        )
        return current
    }

    /// The version that the database has; 0 without a schema. Throws `.unavailable`.
    package static func version(_ client: PostgresClient) async throws(StoreError) -> Int {
        do throws(PostgresError) {
            return try await client.withConnection { connection throws(PostgresError) in
                try await version(connection) ?? 0
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// `nil`: there is no such table yet.
    private static func version(_ connection: PostgresConnection) async throws(PostgresError) -> Int? {
        let exists = try await connection.query("SELECT to_regclass('parley.schema_version') IS NOT NULL")
        guard try exists.single().bool(0) else { return nil }
        let found = try await connection.query("SELECT coalesce(max(version), 0) FROM parley.schema_version")
        return try found.single().int(0)
    }

    /// Returns when the database has this program's schema and takes writes.
    /// - Throws: `.unavailable`, in words.
    package static func check(_ client: PostgresClient) async throws(StoreError) {
        let row: (takesWrites: Bool, version: Int)
        do throws(PostgresError) {
            let found = try await client.query(SessionStatements.check).single()
            row = (try found.bool(0), try found.int(1))
        } catch {
            throw StoreError(error)
        }
        guard row.takesWrites else { throw StoreError(.unavailable, "PostgreSQL takes no writes: it is a standby.") }
        if row.version > newest { throw tooNew(row.version) }
        guard row.version == newest else { throw StoreError(.unavailable, notApplied) }
    }

    package static func tooNew(_ version: Int) -> StoreError {
        StoreError(.unavailable, "The database has schema \(version), this program knows \(newest): it is too old.")
    }
}

import Agent
import Postgres
import Testing

@testable import Sessions

extension PostgresSuites {
    @Suite(.serialized, .timeLimit(.minutes(1))) struct PostgresMigrationTests {
        @Test func severalAtOnceApplyEachStepOnce() async throws {
            try await withPostgresStage(workers: 4, isMigrated: false) { stage in
                let versions = try await withThrowingTaskGroup(of: Int.self) { group in
                    for store in stage.stores {
                        for _ in 0..<2 { group.addTask { try await PostgresMigrations.apply(store.client) } }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(versions.filter { $0 == 0 }.count == 1, "\(versions)")
                let applied = try await stage.ask("SELECT version FROM parley.schema_version ORDER BY version")
                #expect(applied.split(separator: "\n").compactMap { Int($0) } == Array(1...PostgresMigrations.newest))
                #expect(try await PostgresMigrations.apply(stage.store.client) == PostgresMigrations.newest)
                try await stage.store.check()
            }
        }

        @Test func aMissingSchemaIsSaidInWords() async throws {
            try await withPostgresStage(workers: 1, isMigrated: false) { stage in
                let error = await #expect(throws: StoreError.self) { try await stage.store.check() }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("parley migrate") == true)
                let begin = await #expect(throws: StoreError.self) {
                    _ = try await stage.store.begin(.of(freshSession("none")))
                }
                #expect(begin?.message.contains("parley migrate") == true)
            }
        }

        @Test func anOldSchemaIsRefusedUntilItIsMigrated() async throws {
            try await withPostgresStage(workers: 1) { stage in
                try await stage.ask("DROP SCHEMA parley, parley_archive CASCADE; CREATE SCHEMA parley")
                try await stage.ask("CREATE TABLE parley.schema_version (version integer PRIMARY KEY)")
                let error = await #expect(throws: StoreError.self) { try await stage.store.check() }
                #expect(error?.message.contains("parley migrate") == true)
                #expect(try await PostgresMigrations.apply(stage.store.client) == 0)
                try await stage.store.check()
            }
        }

        @Test func aDatabaseThatIsNewerIsLeftAlone() async throws {
            try await withPostgresStage(workers: 1) { stage in
                let newer = PostgresMigrations.newest + 1
                try await stage.ask("INSERT INTO parley.schema_version (version) VALUES (\(newer))")
                for refused in [
                    await #expect(throws: StoreError.self) { try await PostgresMigrations.apply(stage.store.client) },
                    await #expect(throws: StoreError.self) { try await stage.store.check() },
                ] {
                    #expect(refused?.code == .unavailable)
                    #expect(refused?.message.contains("too old") == true)
                }
            }
        }

        @Test func aStepThatFailsLeavesNothingBehind() async throws {
            try await withPostgresStage(workers: 1, isMigrated: false) { stage in
                // The first step stumbles over it half-way.
                try await stage.ask("CREATE SCHEMA parley; CREATE TABLE parley.journal_entries ()")
                await #expect(throws: StoreError.self) { try await PostgresMigrations.apply(stage.store.client) }
                #expect(try await stage.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'parley'") == "1")
                try await stage.ask("DROP TABLE parley.journal_entries")
                #expect(try await PostgresMigrations.apply(stage.store.client) == 0)
            }
        }
    }
}

import Agent
import Postgres
import Redis
import TestSupport
import Testing

@testable import Sessions

extension PostgresSuites {
    /// The way from the outbox to the database, with what can go wrong on it.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct ArchiveExportTests {
        @Test func severalWorkersShareTheExport() async throws {
            try await withArchiveStage(workers: 3) { stage in
                let session = try freshSession("shared")
                for number in 1...60 {
                    try await stage.stores[number % 3].takeArchived("Turn \(number)", in: session)
                }
                try await stage.exported()
                let numbers = try await stage.ask(
                    "SELECT string_agg(number::text, ' ' ORDER BY position) FROM parley_archive.turns"
                )
                #expect(numbers == (1...60).map(String.init).joined(separator: " "))
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.missing_turns") == "0")
                #expect(try stage.redis.ask("HGET {parley:outbox}:state bytes") == "$1\r\n0\r\n")
            }
        }

        @Test func aDatabaseThatIsDownDelaysTheArchiveAndNothingElse() async throws {
            try await PostgresServer.with { server in
                try await withArchiveStage(on: server, configure: { $0.connectTimeoutMilliseconds = 500 }) { stage in
                    let session = try freshSession("down")
                    try await stage.store.takeArchived("Before", in: session)
                    try await stage.exported()
                    await server.kill()
                    for number in 0..<20 { try await stage.store.takeArchived("Meanwhile \(number)", in: session) }
                    #expect(try await stage.store.outbox?.status().waiting == 20)
                    try await server.start()
                    try await stage.exported()
                    #expect(try await stage.ask("SELECT count(*), max(number) FROM parley_archive.turns") == "21|21")
                }
            }
        }

        @Test func whatAWorkerTookAndDidNotFinishIsTakenOver() async throws {
            try await withArchiveStage(exports: false) { stage in
                let session = try freshSession("taken")
                try await stage.store.takeArchived("Taken", in: session)
                let outbox = try #require(stage.store.outbox)
                let taken = try await outbox.take()
                #expect(taken.count == 1)
                #expect(try await outbox.take().isEmpty)
                #expect(try await outbox.take(abandonedFor: .seconds(60)).isEmpty)
                #expect(try await outbox.take(abandonedFor: .zero) == taken)
                try await outbox.finish(taken)
                #expect(try await outbox.take(abandonedFor: .zero).isEmpty)
                #expect(try await outbox.status().waiting == 0)
            }
        }

        @Test func entriesAreTakenInPortions() async throws {
            try await withArchiveStage(exports: false) { stage in
                let session = try freshSession("portions")
                for number in 0..<120 { try await stage.store.takeArchived("\(number)", in: session) }
                let outbox = try #require(stage.store.outbox)
                let first = try await outbox.take()
                let second = try await outbox.take()
                #expect(first.count == 100)
                #expect(second.count == 20)
                #expect((first + second).map(\.turn) == Array(1...120))
            }
        }

        @Test func theGroupIsMadeAgainWhenRedisHasLostIt() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("lost")
                try await stage.store.takeArchived("One", in: session)
                try await stage.exported()
                _ = try stage.redis.ask("FLUSHALL")
                try await stage.store.takeArchived("Two", in: session)
                try await stage.exported()
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.turns") == "2")
            }
        }

        /// Its batch would take too long, and so would any batch that it is in.
        @Test func anEntryFullOfWhatJSONBRefusesHoldsNothingUp() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("binary")
                let run = RunID()
                var turn = ArchivedTurn.of(run, "", "")
                let text = String(repeating: #"\u0000"#, count: 100_000)
                turn.messages = Array(#"[{"role":"user","content":"\#(text)"}]"#.utf8)
                var record = TurnRecord.of(try await stage.store.begin(.of(session)).basis(), "[1]")
                record.archived = ArchiveEntry(session, owner: .alice, turns: [turn])
                #expect(try await stage.store.commit(record) == .stored)
                try await stage.store.takeArchived("After it", in: session)
                try await stage.exported()
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.turns") == "2")
            }
        }

        @Test func anEntryWithoutItsBytesIsCountedAsDropped() async throws {
            try await withArchiveStage(exports: false) { stage in
                let session = try freshSession("bytes")
                for number in 0..<3 { try await stage.store.takeArchived("\(number)", in: session) }
                _ = try stage.redis.ask("DEL {parley:outbox}:entries")
                let outbox = try #require(stage.store.outbox)
                #expect(try await outbox.take().isEmpty)
                let status = try await outbox.status()
                #expect(status.waiting == 0 && status.dropped == 3)
            }
        }

        @Test func aClearThatCannotBeMarkedIsRefused() async throws {
            try await withArchiveStage(exports: false, outboxBytes: 500) { stage in
                let session = try freshSession("unmarked")
                let basis = try await stage.store.begin(.of(session)).basis()
                #expect(try await stage.store.commit(.of(basis, "[1]")) == .stored)
                var refused: StoreError?
                for number in 0..<10 where refused == nil {
                    do throws(StoreError) {
                        _ = try await stage.store.clear(SessionID("other\(number)") ?? session, for: .anyone)
                    } catch {
                        refused = error
                    }
                }
                #expect(refused?.code == .unavailable)
                await #expect(throws: StoreError.self) { try await stage.store.clear(session, for: .anyone) }
                #expect(try await stage.store.load(session, for: .anyone) != nil, "nothing is done halfway")
            }
        }

        @Test func aFullOutboxSaysSoAndTurnsGoOn() async throws {
            try await withArchiveStage(exports: false, outboxBytes: 2000) { stage in
                let session = try freshSession("full")
                for number in 0..<10 { try await stage.store.takeArchived("Turn \(number)", in: session) }
                let status = try #require(try await stage.store.outbox?.status())
                #expect(status.waiting > 0)
                #expect(status.waiting + status.dropped == 10)
                #expect(try await stage.store.load(session, for: .anyone)?.meta?.turns == 10)
                // A clear has its mark all the same.
                #expect(try await stage.store.clear(session, for: .anyone))
                #expect(try await stage.store.outbox?.status().waiting == status.waiting + 1)
            }
        }

        @Test func aGapInTheArchiveCanBeSeen() async throws {
            try await withArchiveStage(exports: false, outboxBytes: 2000) { stage in
                let session = try freshSession("gap")
                for number in 0..<10 { try await stage.store.takeArchived("Turn \(number)", in: session) }
                let dropped = try #require(try await stage.store.outbox?.status().dropped)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await stage.archive.run() }
                    defer { group.cancelAll() }
                    try await stage.exported()
                    try await stage.store.takeArchived("The last", in: session)
                    try await stage.exported()
                    while stage.archive.status.dropped < dropped { try await Task.sleep(for: .milliseconds(10)) }
                }
                let gap = try await stage.ask("SELECT last_number - first_number + 1 FROM parley_archive.missing_turns")
                #expect(gap == String(dropped))
            }
        }
    }
}

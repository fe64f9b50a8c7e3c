import Agent
import Postgres
import Redis
import TestSupport
import Testing

@testable import Sessions

extension PostgresSuites {
    /// What goes into the archive, whatever it is, and what does not.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct ArchiveTests {
        @Test func aCommittedTurnIsInEveryTable() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("tables")
                var made = CallRecord(
                    ToolCall(id: "call_1", name: "create_task", input: Array(#"{"subject":"T"}"#.utf8)),
                    access: .write
                )
                made.outcome = .ok
                made.created = [.task(id: 7, ref: 3, subject: "T", story: nil)]
                made.milliseconds = 12
                let refused = CallRecord(
                    ToolCall(id: "call_2", name: "other", input: Array("nothing".utf8)),
                    access: .read
                )
                let run = try await stage.store.takeArchived("Make it", "Made", in: session, calls: [made, refused])
                try await stage.store.takeArchived("And more", in: session)
                try await stage.exported()

                #expect(
                    try await stage.ask("SELECT session_id, owner FROM parley_archive.sessions")
                        == "\(session.text)|\(Principal.alice)"
                )
                let turns = """
                    SELECT number, duration_ms, project_id, model, summary, input_tokens, warnings
                    FROM parley_archive.turns ORDER BY position
                    """
                #expect(try await stage.ask(turns) == "1|250|1|test|Made|10|{Careful}\n2|250|1|test|Yes|10|{}")
                let messages = """
                    SELECT number, role, content FROM parley_archive.messages WHERE run_id = '\(run)' ORDER BY number
                    """
                #expect(try await stage.ask(messages) == "0|user|\"Make it\"\n1|assistant|\"Made\"")
                let calls = "SELECT call_id, arguments, access, outcome, duration_ms FROM parley_archive.tool_calls"
                #expect(
                    try await stage.ask(calls + " ORDER BY number")
                        == #"call_1|{"subject": "T"}|write|ok|12"# + "\ncall_2||read|not_run|"
                )
                #expect(
                    try await stage.ask("SELECT type, id, ref, subject FROM parley_archive.artifacts") == "task|7|3|T"
                )
                #expect(try await stage.ask("SELECT name FROM parley_archive.failed_tool_calls") == "other")
                let origins = "SELECT session_id FROM parley_archive.artifact_origins WHERE type = 'task' AND id = 7"
                #expect(try await stage.ask(origins) == session.text)
            }
        }

        @Test func theSameEntryTwiceChangesNothing() async throws {
            try await withArchiveStage(exports: false) { stage in
                try await stage.store.takeArchived("Once", in: freshSession("once"))
                let outbox = try #require(stage.store.outbox)
                let entries = try await outbox.take()
                #expect(entries.count == 1)
                let parameters: [PostgresParameter] = [
                    .array(entries.map(\.id.position)), .array(entries.map(\.turn)), .array(entries.map(\.bytes)),
                ]
                for _ in 0..<2 { _ = try await stage.archive.client.query(ArchiveStatements.take, parameters) }
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.turns") == "1")
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.messages") == "2")
            }
        }

        /// jsonb has no place for NUL and for halves of surrogate pairs; what only looks like one stays.
        @Test func whatJSONBRefusesIsKeptAsFarAsItCan() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("odd")
                let run = RunID()
                var turn = ArchivedTurn.of(run, "", "")
                turn.messages = Array(
                    #"[{"role":"user","content":"a\u0000b \\u0000 \ud800 \ud83d\ude00 \udc00 é"}]"#.utf8
                )
                let basis = try await stage.store.begin(.of(session)).basis()
                var record = TurnRecord.of(basis, "[1]")
                record.archived = ArchiveEntry(session, owner: .alice, turns: [turn])
                #expect(try await stage.store.commit(record) == .stored)
                try await stage.exported()
                let found = try await stage.ask("SELECT content #>> '{}' FROM parley_archive.messages")
                #expect(found == "a\u{FFFD}b \\u0000 \u{FFFD} 😀 \u{FFFD} é")
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.rejected") == "0")
            }
        }

        @Test func whatIsNoEntryIsPutAsideAndHoldsNothingUp() async throws {
            try await withArchiveStage { stage in
                let odd = #"{"session_id":"x","owner":"user:1","turns":[{"run_id":"r"}]}"#
                for (id, bytes) in [("1-1", "nonsense"), ("1-2", odd)] {
                    _ = try await stage.store.client.send(RedisCommand("HSET", "{parley:outbox}:entries", id, bytes))
                    _ = try stage.redis.ask("XADD {parley:outbox} \(id) size \(bytes.count) turn 1")
                }
                try await stage.store.takeArchived("After it", in: freshSession("after"))
                try await stage.exported()
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.turns") == "1")
                #expect(
                    try await stage.ask(
                        "SELECT convert_from(entry, 'UTF8') FROM parley_archive.rejected ORDER BY position"
                    )
                        == "nonsense\n" + odd
                )
            }
        }

        @Test func whatIsKeptInPostgreSQLIsArchivedByTheSameStatement() async throws {
            try await withPostgresStage(workers: 1) { stage in
                let store = try PostgresSessionStore(client: stage.store.client, archives: true, logger: .quiet)
                let session = try freshSession("direct")
                try await store.takeArchived("One", in: session)
                try await store.takeArchived("Two", in: session)
                let archive = PostgresArchive(client: stage.store.client, outbox: nil, logger: .quiet)
                let kept = try await archive.conversation(of: session, owner: .alice)
                #expect(kept?.turns == 2)
                #expect(try kept.map { try Conversation(stored: $0.history).messages.count } == 4)
                #expect(try await store.clear(session, for: .principal(.alice)))
                #expect(try await archive.conversation(of: session, owner: .alice) == nil)
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.turns") == "2")
            }
        }
    }
}

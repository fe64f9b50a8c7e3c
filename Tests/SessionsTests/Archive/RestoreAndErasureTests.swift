import Agent
import Postgres
import Redis
import TestSupport
import Testing

@testable import Sessions

extension PostgresSuites {
    /// What comes back from the archive, and what never does.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct RestoreAndErasureTests {
        private func texts(_ kept: ArchivedConversation?) throws -> [String] {
            guard let kept else { return [] }
            let messages = try JSONValue(parsing: kept.history).arrayValue ?? []
            return messages.compactMap { $0["content"]?.stringValue }
        }

        @Test func aConversationIsContinuedByItsOwnerAlone() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("owner")
                try await stage.store.takeArchived("Hello", "Hi", in: session)
                try await stage.store.takeArchived("More", "Here", in: session)
                let kept = try await stage.archive.conversation(of: session, owner: .alice)
                #expect(try texts(kept) == ["Hello", "Hi", "More", "Here"])
                #expect(kept?.turns == 2)
                #expect(try await stage.archive.conversation(of: session, owner: .bob) == nil)
            }
        }

        @Test func whatWasClearedDoesNotComeBack() async throws {
            try await withArchiveStage(workers: 2) { stage in
                let session = try freshSession("cleared")
                try await stage.store.takeArchived("Old", in: session)
                #expect(try await stage.store.clear(session, for: .principal(.alice)))
                #expect(try await stage.archive.conversation(of: session, owner: .alice) == nil)
                try await stage.store.takeArchived("New", "Yes", in: session)
                #expect(try texts(await stage.archive.conversation(of: session, owner: .alice)) == ["New", "Yes"])
            }
        }

        /// Redis has forgotten it, and so has nothing to clear; the archive has not.
        @Test func whatHadExpiredBeforeItWasClearedDoesNotComeBackEither() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("expired")
                try await stage.store.takeArchived("Old", in: session)
                try await stage.exported()
                _ = try stage.redis.ask("FLUSHALL")
                #expect(try texts(await stage.archive.conversation(of: session, owner: .alice)) == ["Old", "Yes"])
                #expect(try await !stage.store.clear(session, for: .principal(.bob)))
                #expect(try texts(await stage.archive.conversation(of: session, owner: .alice)) == ["Old", "Yes"])
                #expect(try await !stage.store.clear(session, for: .principal(.alice)))
                #expect(try await stage.archive.conversation(of: session, owner: .alice) == nil)
            }
        }

        /// Her id is another's session by now: what she clears is her own all the same.
        @Test func whatTheFormerOwnerOfAnIDClearsDoesNotComeBack() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("former")
                try await stage.store.takeArchived("Alice's", in: session)
                try await stage.exported()
                _ = try stage.redis.ask("FLUSHALL")
                try await stage.store.takeArchived("Bob's", in: session, as: .bob)
                #expect(try await !stage.store.clear(session, for: .principal(.alice)))
                #expect(try await stage.store.load(session, for: .principal(.bob)) != nil)
                #expect(try await stage.archive.conversation(of: session, owner: .alice) == nil)
                #expect(try texts(await stage.archive.conversation(of: session, owner: .bob)) == ["Bob's", "Yes"])
            }
        }

        @Test func aRestoreIsUnderTheLease() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("rebuilt")
                try await stage.store.takeArchived("Hello", "Hi", in: session)
                try await stage.exported()
                _ = try stage.redis.ask("FLUSHALL")
                let rebuild = SessionRebuild(store: stage.store, archive: stage.archive)
                #expect(try await rebuild.restore(session, owner: .alice, timeToLive: 300) == 1)
                let stored = try await stage.store.load(session, for: .principal(.alice))
                #expect(try stored.map { try Conversation(stored: $0.history).messages.count } == 2)
                for owner in [Principal.alice, .bob] {
                    await #expect(throws: StoreError.self) {
                        try await rebuild.restore(session, owner: owner, timeToLive: 300)
                    }
                }
                // What is refused gives the lease back.
                let other = try freshSession("nobody")
                await #expect(throws: StoreError.self) {
                    try await rebuild.restore(other, owner: .alice, timeToLive: 300)
                }
                try await stage.store.takeArchived("Anew", in: other)
            }
        }

        @Test func anArchiveThatIsBehindIsWaitedForOrSaysSo() async throws {
            try await withArchiveStage(exports: false) { stage in
                let session = try freshSession("behind")
                try await stage.store.takeArchived("Hello", in: session)
                let error = await #expect(throws: StoreError.self) {
                    try await stage.archive.conversation(of: session, owner: .alice)
                }
                #expect(error?.code == .unavailable)
            }
        }

        @Test func anErasureTakesAllThatIsThereAndAllThatWaits() async throws {
            try await withArchiveStage(exports: false) { stage in
                let (session, other) = (try freshSession("erased"), try freshSession("kept"))
                try await stage.store.takeArchived("canary-1", in: session)
                try await stage.store.takeArchived("Mine", in: other, as: .bob)
                let outbox = try #require(stage.store.outbox)
                try await deliver(try await outbox.take(), stage)
                try await stage.store.takeArchived("canary-2", in: session)
                let onItsWay = try await outbox.take()
                try await stage.store.takeArchived("canary-3", in: session)

                let receipt = try await stage.archive.erase(.session(session, owner: nil))
                #expect(receipt.turns == 1)
                #expect(receipt.messages == 2)
                #expect(receipt.sessions == 1)
                #expect(receipt.waitingEntries == 2)
                #expect(receipt.number != nil)

                // What was on its way when it was erased stays out.
                try await deliver(onItsWay, stage)
                #expect(try await stage.ask("SELECT session_id FROM parley_archive.turns") == other.text)
                #expect(try await outbox.take(abandonedFor: .zero).isEmpty)
                // What is said afterwards is another conversation.
                try await stage.store.takeArchived("Afterwards", in: session)
                try await deliver(try await outbox.take(), stage)
                #expect(
                    try await stage.ask(
                        "SELECT count(*) FROM parley_archive.turns WHERE session_id = '\(session.text)'"
                    ) == "1"
                )
            }
        }

        @Test func anErasureOfAUserTakesNobodyElses() async throws {
            try await withArchiveStage { stage in
                let sessions = [try freshSession("a"), try freshSession("b")]
                for session in sessions { try await stage.store.takeArchived("canary", in: session) }
                let other = try freshSession("c")
                try await stage.store.takeArchived("Mine", in: other, as: .bob)
                try await stage.exported()
                let receipt = try await stage.archive.erase(.user(.alice))
                #expect(receipt.sessions == 2)
                #expect(receipt.turns == 2)
                #expect(try await stage.ask("SELECT session_id FROM parley_archive.sessions") == other.text)
                #expect(try await stage.archive.erase(.user(.alice)).turns == 0)
            }
        }

        /// Entries that cannot be read belong to somebody as well.
        @Test func whatWasPutAsideIsErasedWithItsOwner() async throws {
            try await withArchiveStage(exports: false) { stage in
                let head = #"{"session_id":"odd","owner":"user:1""#
                for (position, tail) in [(1, #","turns":[{"x":1e999999}]}"#), (2, #","cleared":true}"#)] {
                    _ = try await stage.archive.client.query(
                        ArchiveStatements.take,
                        [.array([position]), .array([1]), .array([Array((head + tail).utf8)])]
                    )
                }
                #expect(try await stage.ask("SELECT session_id, owner FROM parley_archive.rejected") == "odd|user:1")
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.clears") == "1")
                // The same for one that the server refuses as a whole, before the erasure and after it.
                let refused: [PostgresParameter] = [.integer(3), .bytes(Array((head + ",").utf8))]
                _ = try await stage.archive.client.query(ArchiveStatements.putAside, refused)
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.rejected") == "2")
                _ = try await stage.archive.erase(.user(.alice))
                _ = try await stage.archive.client.query(ArchiveStatements.putAside, refused)
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.rejected") == "0")
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.clears") == "0")
            }
        }

        @Test func anErasureOfMuchGoesInPortions() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("much")
                try await stage.store.takeArchived("First", in: session)
                try await stage.exported()
                try await stage.ask(
                    """
                    INSERT INTO parley_archive.turns SELECT (jsonb_populate_record(t, jsonb_build_object('run_id', 'r' || n))).*
                    FROM parley_archive.turns AS t, generate_series(1, 1200) AS n
                    """
                )
                let receipt = try await stage.archive.erase(.session(session, owner: .alice))
                #expect(receipt.turns == 1201)
                #expect(receipt.sessions == 1)
                #expect(try await stage.ask("SELECT turns FROM parley_archive.erasures") == "1201")
            }
        }

        /// After a failover to a host whose clock is behind, entries have names of the future.
        @Test func aClockThatWentBackHidesNothingFromAnErasure() async throws {
            try await withArchiveStage { stage in
                let session = try freshSession("future")
                _ = try stage.redis.ask("XADD {parley:outbox} 4000000000000-1 size 1 turn 1")
                try await stage.exported()
                try await stage.store.takeArchived("canary", in: session)
                try await stage.exported()
                #expect(try await stage.archive.erase(.session(session, owner: .alice)).turns == 1)
            }
        }

        /// XDEL alone leaves an entry's bytes in the stream's blocks, and so in the log after a rewrite.
        @Test func whatIsErasedFromTheOutboxIsInNoFileOfRedis() async throws {
            try await withArchiveStage(exports: false) { stage in
                let (session, other) = (try freshSession("x"), try freshSession("y"))
                try await stage.store.takeArchived("canary-in-file", in: session)
                try await stage.store.takeArchived("somebody-else", in: other, as: .bob)
                #expect(try await stage.store.clear(session, for: .anyone))
                _ = try await stage.archive.erase(.session(session, owner: nil))
                // Compressed, nothing would be found in any case.
                _ = try stage.redis.ask("CONFIG SET rdbcompression no")
                #expect(try stage.redis.ask("SAVE").hasPrefix("+OK"))
                #expect(stage.redis.directory.file("dump.rdb", holds: "somebody-else") == true)
                #expect(stage.redis.directory.file("dump.rdb", holds: "canary-in-file") == false)
            }
        }

        @Test func turnsAreDeletedWhenTheyNeedNotBeKept() async throws {
            try await withArchiveStage(retentionDays: 30) { stage in
                let (old, new) = (try freshSession("old"), try freshSession("new"))
                try await stage.store.takeArchived("Old", in: old)
                try await stage.store.takeArchived("New", in: new)
                try await stage.exported()
                try await stage.ask(
                    """
                    UPDATE parley_archive.turns SET committed_at = committed_at - interval '31 days'
                        WHERE session_id = '\(old.text)';
                    UPDATE parley_archive.sessions SET last_turn_at = last_turn_at - interval '31 days'
                        WHERE session_id = '\(old.text)'
                    """
                )
                await stage.archive.expireOnce()
                #expect(try await stage.ask("SELECT session_id FROM parley_archive.sessions") == new.text)
                #expect(try await stage.ask("SELECT count(*) FROM parley_archive.messages") == "2")
            }
        }

        private func deliver(_ entries: [OutboxEntry], _ stage: ArchiveStage) async throws {
            _ = try await stage.archive.client.query(
                ArchiveStatements.take,
                [.array(entries.map(\.id.position)), .array(entries.map(\.turn)), .array(entries.map(\.bytes))]
            )
            try await stage.store.outbox?.finish(entries)
        }
    }
}

import Agent
import TestSupport
import Testing

@Suite struct EraserTests {
    private let alice = Principal(userID: 1)

    @Test func theStoreForgetsFirstThenTheArchive() async throws {
        let store = ScriptedStore(["s": "[]"])
        let archive = ScriptedArchive()
        let session = try #require(SessionID("s"))
        let receipt = try await Eraser(store: store, archive: archive).erase(session, for: .principal(alice))
        #expect(store.history(of: "s") == nil)
        #expect(archive.erased == [.session(session, owner: alice)])
        #expect(receipt.storedSessions == 1)
        #expect(receipt.turns == 2)
        #expect(receipt.number == 7)
    }

    @Test func operatorsEraseWhoseverItWas() async throws {
        let archive = ScriptedArchive()
        let session = try #require(SessionID("s"))
        _ = try await Eraser(store: ScriptedStore(), archive: archive).erase(session, for: .operator)
        #expect(archive.erased == [.session(session, owner: nil)])
    }

    @Test func whileTheStoreIsDownNothingIsErased() async throws {
        let store = ScriptedStore(["s": "[]"])
        store.failNext(StoreError(.unavailable, "down"))
        let archive = ScriptedArchive()
        let session = try #require(SessionID("s"))
        await #expect(throws: StoreError.self) {
            _ = try await Eraser(store: store, archive: archive).erase(session, for: .anyone)
        }
        #expect(archive.erased.isEmpty)
    }

    @Test func allSessionsOfAUserAreErased() async throws {
        let store = ScriptedStore(["s": "[]"])
        let archive = ScriptedArchive(["s": ("[]", 1), "expired": ("[]", 1)])
        let receipt = try await Eraser(store: store, archive: archive).erase(user: alice)
        #expect(receipt.storedSessions == 1)
        #expect(
            Set(store.cleared.map(\.text)) == ["s", "expired"],
            "the archive knows of sessions that the store does not"
        )
        #expect(archive.erased == [.user(alice)])
    }

    @Test func withoutAnArchiveTheReceiptHasNoNumber() async throws {
        let session = try #require(SessionID("s"))
        let receipt = try await Eraser(store: ScriptedStore(["s": "[]"]), archive: nil).erase(session, for: .anyone)
        #expect(receipt.number == nil)
        #expect(receipt.storedSessions == 1)
        #expect(receipt.erasedAt > 1_700_000_000)
    }
}

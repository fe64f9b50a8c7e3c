import Agent
import TestSupport
import Testing

@testable import API

/// A refreshed token pair in a stored answer.
@Suite struct WireCodecTests {
    private let codec = WireCodec()
    private let presented = Credentials(authToken: Secret("old-token"), refresh: Secret("old-refresh"))

    private var answer: RunAnswer {
        var answer = RunAnswer(
            to: .example("Go", session: "s"),
            outcome: TurnOutcome(conversation: nil, summary: "Done \n \"it\"")
        )
        answer.auth = Credentials(authToken: Secret("new-canary-token"), refresh: Secret("new-canary-refresh"))
        return answer
    }

    @Test func whoLostTheAnswerGetsItByteForByte() {
        let answer = answer
        let opened = codec.open(codec.seal(answer, for: presented), with: presented, refreshed: nil)
        #expect(opened == OpenedAnswer(bytes: codec.encode(answer), isProven: true))
        let json = try? JSONValue(parsing: opened.bytes)
        #expect(json?["auth"] == ["auth_token": "new-canary-token", "refresh": "new-canary-refresh"])
    }

    @Test func nobodyElseSeesThePair() throws {
        let stored = codec.seal(answer, for: presented)
        #expect(!String(decoding: stored, as: UTF8.self).contains("canary"))
        let stranger = Credentials(authToken: Secret("old-token"), refresh: Secret("another-refresh"))
        let opened = codec.open(stored, with: stranger, refreshed: nil)
        #expect(!opened.isProven)
        let json = try JSONValue(parsing: opened.bytes)
        #expect(json["auth"] == nil && json["summary"] == "Done \n \"it\"")
    }

    @Test func whateverIsChangedInItIsNoticed() throws {
        let stored = codec.seal(answer, for: presented)
        let lineEnd = try #require(stored.firstIndex(of: UInt8(ascii: "\n")))
        for index in [7, 40, lineEnd - 1, lineEnd + 20] {
            var changed = stored
            changed[index] = changed[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(!codec.open(changed, with: presented, refreshed: nil).isProven, "byte \(index)")
        }
        #expect(!codec.open(Array("sealed 00\n{}".utf8), with: presented, refreshed: nil).isProven)
        #expect(!codec.open(Array("sealed xyz\n{}".utf8), with: presented, refreshed: nil).isProven)
    }

    @Test func aPairThatWasRefreshedSinceGoesOutWithTheReplay() throws {
        let newest = Credentials(authToken: Secret("newest-token"), refresh: Secret("newest-refresh"))
        var plain = answer
        plain.auth = nil
        for stored in [codec.seal(answer, for: presented), codec.seal(plain, for: presented)] {
            let opened = codec.open(stored, with: presented, refreshed: newest)
            let json = try JSONValue(parsing: opened.bytes)
            #expect(json["auth"] == ["auth_token": "newest-token", "refresh": "newest-refresh"])
        }
    }

    @Test func eachSealIsAnother() {
        let answer = answer
        #expect(codec.seal(answer, for: presented) != codec.seal(answer, for: presented))
    }

    @Test func withoutARefreshedPairNothingIsSealed() {
        var answer = answer
        answer.auth = nil
        #expect(codec.seal(answer, for: presented) == codec.encode(answer))
        #expect(codec.open(codec.encode(answer), with: presented, refreshed: nil).bytes == codec.encode(answer))
    }
}

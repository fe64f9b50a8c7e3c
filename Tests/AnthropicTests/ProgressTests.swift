import Agent
import TestSupport
import Testing

@testable import Anthropic

@Suite(.timeLimit(.minutes(3))) struct ProgressTests {
    /// What one call against that script tells, and its answer.
    private func progress(_ script: [ModelServer.Answer]) async throws -> (told: [ModelProgress], answer: ModelAnswer?)
    {
        try await ModelServer.serving(script: script) { server in
            try await withClient(of: server, pause: QuickTime().pause) { client in
                let progress = Progress()
                let answer = try? await client.answer(.greeting { progress.add($0) })
                return (progress.all, answer)
            }
        }
    }

    @Test func eachPieceIsToldBeforeTheNextOneIsSent() async throws {
        let told = (0..<3).map { _ in EventCount() }
        // Two events open the message and its block; a piece has 12 letters.
        let answer = ModelServer.Answer.text("One sentence, in three pieces.").delivered {
            for (index, gate) in told.enumerated() { $0.holdBefore[index + 3] = gate }
        }
        try await ModelServer.serving(script: [answer]) { server in
            try await withClient(of: server) { client in
                let progress = Progress()
                let request = ModelRequest.greeting { event in
                    progress.add(event)
                    told[progress.all.count - 1].add()
                }
                _ = try await client.answer(request)
                #expect(progress.all == [.text("One sentence"), .text(", in three p"), .text("ieces.")])
            }
        }
    }

    @Test func anAnswerInOnePieceTellsItsTextsOnce() async throws {
        let answer = ModelServer.Answer.toolUse([("t", "n", ["k": "v"])], saying: "Let me look that up")
        let (told, _) = try await progress([answer.delivered { $0.asJSON = true }])
        #expect(told == [.text("Let me look that up")])
    }

    @Test func anAttemptThatFailsIsToldOnceAndOnlyAfterText() async throws {
        let broken = ModelServer.Answer.text("Hello").delivered { $0.endAfter = 3 }
        let mute = ModelServer.Answer.text("Hello").delivered { $0.endAfter = 2 }
        let call = ModelServer.Answer.toolUse([("t", "n", [:])])
        for (script, expected) in [
            ([broken, .text("Bye")], [.text("Hello"), .restarted, .text("Bye")]),
            ([mute, .error(529, "e"), .text("Bye")], [.text("Bye")]),
            ([broken, mute, .text("Bye")], [.text("Hello"), .restarted, .text("Bye")]),
            ([broken, broken, .text("Bye")], [.text("Hello"), .restarted, .text("Hello"), .restarted, .text("Bye")]),
            // No text follows: what was told is void all the same.
            ([broken, call], [.text("Hello"), .restarted]),
            ([broken, .error(400, "e")], [.text("Hello"), .restarted]),
            (
                [.text("Hello").delivered { $0.failAfter = (3, "invalid_request_error") }],
                [.text("Hello"), .restarted]
            ),
        ] as [([ModelServer.Answer], [ModelProgress])] {
            let (told, _) = try await progress(script)
            #expect(told == expected)
        }
    }

    @Test("What was told since the last restart is the answer's text, whatever comes and however it is cut")
    func whatIsToldIsTheAnswer() async throws {
        var dice = Dice(state: 7)
        var failures = 0
        let rounds = soak(1000, otherwise: 100)
        var script: [ModelServer.Answer] = []
        var texts: [String] = []
        var attempts: [Int] = []
        for _ in 0..<rounds {
            let failing = dice.index(3)
            script += (0..<failing).map { _ in Self.failing(&dice) }
            let stream = RandomStream(&dice)
            script.append(Self.answer(stream.bytes, &dice))
            texts.append(stream.text)
            attempts.append(failing + 1)
            failures += failing
        }
        try await ModelServer.serving(script: script) { [script, texts, attempts] server in
            try await withClient(of: server, pause: QuickTime().pause) { client in
                for (text, attempts) in zip(texts, attempts) {
                    let progress = Progress()
                    let answer = try await client.answer(.greeting(until: .now + .seconds(36_000)) { progress.add($0) })
                    #expect(Array(progress.text.utf8) == Array(text.utf8))
                    #expect(Array(answer.text.utf8) == Array(text.utf8))
                    #expect(!progress.all.contains(.text("")) && progress.all.first != .restarted)
                    #expect(progress.all.filter { $0 == .restarted }.count < attempts)
                    #expect(
                        !zip(progress.all, progress.all.dropFirst()).contains { $0 == .restarted && $1 == .restarted }
                    )
                }
                #expect(server.requests.count == script.count)
            }
        }
        print("progress: \(rounds) random streams after \(failures) failing ones told exactly their texts")
    }

    private static func answer(_ bytes: [UInt8], _ dice: inout Dice) -> ModelServer.Answer {
        ModelServer.Answer(.raw(status: 200, contentType: "text/event-stream", body: bytes))
            .delivered { $0.pieceBytes = dice.roll(dice.pick([20, 50, 1000])) }
    }

    private static func failing(_ dice: inout Dice) -> ModelServer.Answer {
        let stream = RandomStream(&dice)
        switch dice.roll(4) {
        case 1: return .error(529, "overloaded_error")
        case 2: return .hangUp
        case 3:
            let error = RandomStream.event("error", #"{"type":"error","error":{"type":"overloaded_error"}}"#)
            return answer(stream.events.prefix(dice.index(stream.events.count)).joined() + error, &dice)
        default:
            // Without its last line feed the last event does not count.
            return answer(Array(stream.bytes.prefix(dice.index(stream.bytes.count))), &dice)
        }
    }
}

/// A stream of some blocks of all kinds, and the text in it.
private struct RandomStream {
    private(set) var events: [[UInt8]] = []
    private(set) var text = ""

    var bytes: [UInt8] { Array(events.joined()) }

    /// JSON strings and what they say. The last is half a pair.
    private static let pieces = [
        (#""""#, ""), (#""a""#, "a"), (#"" ""#, " "), (#""\n\n""#, "\n\n"), (#""\"}""#, "\"}"), (#""ß😀""#, "ß😀"),
        (#""\ud83d\ude00""#, "😀"), (#""e""#, "e"), (#""\u0301""#, "\u{301}"), (#""data: x""#, "data: x"),
        (#""\ud83d""#, "\u{FFFD}"),
    ]

    init(_ dice: inout Dice) {
        add("message_start", #""message":{"usage":{"input_tokens":1}}"#)
        for index in 0..<dice.index(5) { addBlock(index, &dice) }
        add("message_delta", #""delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}"#)
        add("message_stop", nil)
    }

    static func event(_ name: String, _ data: String) -> [UInt8] { Array("event: \(name)\ndata: \(data)\n\n".utf8) }

    private mutating func add(_ name: String, _ members: String?) {
        events.append(Self.event(name, #"{"type":"\#(name)""# + (members.map { "," + $0 } ?? "") + "}"))
    }

    private mutating func addBlock(_ index: Int, _ dice: inout Dice) {
        let (opening, delta, member, isText) = dice.pick([
            (#""type":"text","text":"#, "text_delta", "text", true),
            (#""type":"text","text":"#, "text_delta", "text", true),
            (#""type":"thinking","signature":"","thinking":"#, "thinking_delta", "thinking", false),
            (#""type":"tool_use","id":"t","name":"n","input":{},"x":"#, "input_json_delta", "partial_json", false),
        ])
        let first = dice.roll(3) == 1 ? dice.pick(Self.pieces) : Self.pieces[0]
        add("content_block_start", #""index":\#(index),"content_block":{\#(opening)\#(first.0)}"#)
        if isText { text += first.1 }
        for _ in 0..<dice.index(8) {
            let piece = dice.pick(Self.pieces)
            add("content_block_delta", #""index":\#(index),"delta":{"type":"\#(delta)","\#(member)":\#(piece.0)}"#)
            if isText { text += piece.1 }
            if dice.roll(5) == 1 { add("ping", nil) }
        }
        add("content_block_stop", #""index":\#(index)"#)
    }
}

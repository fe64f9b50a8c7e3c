import Agent
import Testing
import WebClient

@testable import Anthropic

@Suite struct AnswerAssemblerTests {
    private static let start =
        #"{"type":"message_start","message":{"usage":{"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":3,"cache_creation_input_tokens":4}}}"#
    private static let stop = #"{"type":"message_stop"}"#

    private static func end(_ reason: String, _ output: Int = 7) -> String {
        #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)"},"usage":{"output_tokens":\#(output)}}"#
    }

    private static func block(_ index: Int, _ opening: String, _ deltas: String...) -> [String] {
        [#"{"type":"content_block_start","index":\#(index),"content_block":\#(opening)}"#]
            + deltas.map { #"{"type":"content_block_delta","index":\#(index),"delta":\#($0)}"# }
            + [#"{"type":"content_block_stop","index":\#(index)}"#]
    }

    /// What the last event gives; the ones before must leave things open, with or without text.
    private func feed(_ data: [String]) throws -> AnswerAssembler.Step {
        var assembler = AnswerAssembler()
        var step = AnswerAssembler.Step.more
        for text in data {
            if case .text = step {} else { #expect(step == .more) }
            let name = try? JSONValue(parsing: Array(text.utf8))["type"]?.stringValue
            step = assembler.feed(ServerSentEvent(name: name ?? "content_block_delta", data: text))
        }
        return step
    }

    private func answer(_ data: [String]) throws -> ModelAnswer? {
        if case .finished(let answer) = try feed(data) { answer } else { nil }
    }

    private func failure(_ data: [String]) throws -> CallFailure? {
        if case .failed(let failure) = try feed(data) { failure } else { nil }
    }

    @Test func textAndACallAreJoinedFromTheirPieces() throws {
        let answer = try answer(
            [#"{"type":"ping"}"#, Self.start]
                + Self.block(
                    0,
                    #"{"type":"text","text":""}"#,
                    #"{"type":"text_delta","text":"Hel"}"#,
                    #"{"type":"citations_delta","citation":{}}"#,
                    #"{"type":"text_delta","text":"lo"}"#
                ) + [#"{"type":"ping"}"#, #"{"type":"rumour"}"#]
                + Self.block(
                    1,
                    #"{"type":"tool_use","id":"t","name":"n","input":{}}"#,
                    #"{"type":"input_json_delta","partial_json":""}"#,
                    #"{"type":"input_json_delta","partial_json":"{\"k\": "}"#,
                    #"{"type":"input_json_delta","partial_json":"1}"}"#
                ) + [Self.end("tool_use"), Self.stop]
        )
        #expect(
            answer
                == ModelAnswer(
                    blocks: [.text("Hello"), .toolUse(ToolCall(id: "t", name: "n", input: Array(#"{"k": 1}"#.utf8)))],
                    stopReason: .toolUse,
                    usage: Usage(inputTokens: 10, outputTokens: 7, cacheReadInputTokens: 3, cacheCreationInputTokens: 4)
                )
        )
    }

    @Test func anEmojiCutBetweenDeltasCostsNoAnswer() throws {
        let text = Self.block(
            0,
            #"{"type":"text","text":""}"#,
            #"{"type":"text_delta","text":"a \\ud83d \ud83d\ude00 \ud83d"}"#,
            #"{"type":"text_delta","text":"\ude00 b"}"#
        )
        let answer = try answer([Self.start] + text + [Self.end("end_turn"), Self.stop])
        #expect(answer?.blocks == [.text("a \\ud83d 😀 \u{FFFD}\u{FFFD} b")])
    }

    /// Nearly all deltas are read without a tree. What that reader makes of one is what the tree says.
    @Test(arguments: [
        (0, #"{"type":"text_delta","text":"a\\n\u00e9"}"#), (12, #"{"text":"","type":"text_delta"}"#),
        (1, #"{"type":"input_json_delta","partial_json":"{\"k\": 1"}"#),
        (1, #"{"type":"thinking_delta","thinking":"Hm"}"#),
        (0, #"{"type":"signature_delta","signature":"s","more":[1,{"a":null}]}"#),
    ])
    func aDeltaMeansTheSameHoweverItIsRead(index: Int, delta: String) throws {
        let event = #"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#
        let plain = try #require(BlockDelta(plain: event))
        let tree = try #require(BlockDelta(try JSONValue(parsing: event.utf8)))
        #expect(plain == tree)
        #expect(plain.index == index)
        #expect(plain.member != nil)
    }

    @Test(arguments: [
        #"{"type":"citations_delta","citation":{}}"#, #"{"type":"text_delta"}"#, #"{"type":"text_delta","text":1}"#,
        #"{"type":"text_delta","text":"\ud83d"}"#, #"{"type":"text_delta","text":"a","text":"b"}"#, "null",
    ])
    func aDeltaThatIsNotPlainIsReadAsATree(delta: String) {
        #expect(BlockDelta(plain: #"{"type":"content_block_delta","index":0,"delta":\#(delta)}"#) == nil)
    }

    @Test func aCallWithoutArgumentsHasAnEmptyObject() throws {
        let call = Self.block(0, #"{"type":"tool_use","id":"t","name":"n","input":{}}"#)
        let answer = try answer([Self.start] + call + [Self.end("tool_use"), Self.stop])
        #expect(answer?.blocks == [.toolUse(ToolCall(id: "t", name: "n", input: Array("{}".utf8)))])
    }

    @Test func thinkingIsCarriedAlong() throws {
        let thinking = Self.block(
            0,
            #"{"type":"thinking","thinking":"","signature":""}"#,
            #"{"type":"thinking_delta","thinking":"Hm"}"#,
            #"{"type":"thinking_delta","thinking":"m"}"#,
            #"{"type":"signature_delta","signature":"sig"}"#
        )
        let redacted = Self.block(1, #"{"type":"redacted_thinking","data":"xyz"}"#)
        let answer = try answer([Self.start] + thinking + redacted + [Self.end("end_turn"), Self.stop])
        #expect(
            answer?.blocks == [
                .other(json: Array(#"{"signature":"sig","thinking":"Hmm","type":"thinking"}"#.utf8)),
                .other(json: Array(#"{"data":"xyz","type":"redacted_thinking"}"#.utf8)),
            ]
        )
    }

    @Test(arguments: [
        ("end_turn", StopReason.endTurn), ("tool_use", .toolUse), ("max_tokens", .maxTokens),
        ("stop_sequence", .stopSequence), ("pause_turn", .pauseTurn), ("refusal", .refusal),
        ("model_context_window_exceeded", .contextWindowExceeded), ("later", .unknown("later")),
    ])
    func eachStopReason(text: String, reason: StopReason) throws {
        #expect(try answer([Self.start, Self.end(text), Self.stop])?.stopReason == reason)
    }

    @Test func figuresOfTheStreamAreTotals() throws {
        let answer = try answer([
            Self.start, Self.end("end_turn", 3),
            #"{"type":"message_delta","delta":{},"usage":{"output_tokens":9,"input_tokens":12}}"#, Self.stop,
        ])
        #expect(answer?.usage.outputTokens == 9)
        #expect(answer?.usage.inputTokens == 12)
        #expect(answer?.stopReason == .endTurn)
    }

    @Test func eventsWithoutANameAreKnownByTheirType() {
        var assembler = AnswerAssembler()
        #expect(assembler.feed(ServerSentEvent(data: Self.start)) == .more)
        #expect(assembler.feed(ServerSentEvent(data: Self.end("end_turn"))) == .more)
        #expect(assembler.feed(ServerSentEvent(data: Self.stop)) != .more)
    }

    @Test(arguments: [
        [#"{"type":"message_stop"}"#], [start, stop], [start, start], ["not JSON"],
        [#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#],
        [start, #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#],
        [start, #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","name":"n"}}"#],
        [start, #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#],
        [start, #"{"type":"content_block_delta","index":-1,"delta":{"type":"text_delta","text":"x"}}"#],
        [start] + block(0, #"{"type":"text","text":""}"#).prefix(1)
            + [#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}}"#],
        [start] + block(0, #"{"type":"text","text":""}"#).prefix(1)
            + [#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta"}}"#],
        [start] + block(0, #"{"type":"text","text":"a"}"#) + block(1, #"{"type":"text","text":""}"#)
            + [#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"late"}}"#],
    ])
    func whatDoesNotFitIsMalformed(data: [String]) throws {
        #expect(try failure(data)?.code == .malformed)
    }

    @Test(arguments: [
        ("overloaded_error", ModelError.Code.overloaded, true), ("api_error", .unavailable, true),
        ("invalid_request_error", .refused, false),
    ])
    func anErrorInTheStreamEndsIt(type: String, code: ModelError.Code, isPassing: Bool) throws {
        let failure = try failure([Self.start, #"{"type":"error","error":{"type":"\#(type)","message":"m"}}"#])
        #expect(failure?.code == code)
        #expect(failure?.isPassing == isPassing)
        #expect(failure?.message == "error in the stream, \(type): m")
    }
}

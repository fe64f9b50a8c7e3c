import TestSupport
import Testing

@testable import Agent

/// What becomes of a history, kind by kind of repair.
@Suite struct RepairTests {
    private static let call = #"{"type":"tool_use","id":"t","name":"n","input":{}}"#
    private static let result = #"{"type":"tool_result","tool_use_id":"t","content":"r"}"#
    private static let noResult =
        #"{"type":"tool_result","tool_use_id":"t","content":"No result was recorded for this call.","is_error":true}"#
    private static let answer = #"{"role":"assistant","content":"ok"}"#

    struct Case: Sendable, CustomTestStringConvertible {
        var kinds: Set<Repair>
        var stored: [String]
        var repaired: [String]

        init(_ kinds: Set<Repair>, _ stored: [String], _ repaired: [String]) {
            self.kinds = kinds
            self.stored = stored
            self.repaired = repaired
        }

        var testDescription: String { kinds.map(\.rawValue).sorted().joined(separator: ", ") }
    }

    private static func user(_ blocks: String...) -> String {
        #"{"role":"user","content":[\#(blocks.joined(separator: ","))]}"#
    }
    private static func assistant(_ blocks: String...) -> String {
        #"{"role":"assistant","content":[\#(blocks.joined(separator: ","))]}"#
    }
    private static func words(_ text: String) -> String { #"{"type":"text","text":"\#(text)"}"# }

    private static let hi = #"{"role":"user","content":"hi"}"#

    private static let calls: [Case] = [
        Case([.orphanedToolUse], [hi, assistant(call)], [hi, assistant(call), user(noResult)]),
        Case([.orphanedToolUse], [hi, assistant(call), hi], [hi, assistant(call), user(noResult), hi]),
        Case([.orphanedToolUse], [hi, assistant(call), answer], [hi, assistant(call), user(noResult), answer]),
        Case(
            [.orphanedToolResult],
            [hi, user(result, words("x"))],
            [hi, user(words(#"[result of an earlier tool call]\nr"#), words("x"))]
        ),
        Case(
            [.orphanedToolResult, .emptyContent],
            [hi, user(#"{"type":"tool_result","tool_use_id":"t"}"#), answer],
            [hi, answer]
        ),
        Case(
            [.resultsNotFirst],
            [hi, assistant(call), user(words("x"), result)],
            [hi, assistant(call), user(result, words("x"))]
        ),
        Case(
            [.splitResults],
            [
                hi, assistant(call, call.replacing(#""t""#, with: #""u""#)), user(result),
                user(result.replacing(#""t""#, with: #""u""#)),
            ],
            [
                hi, assistant(call, call.replacing(#""t""#, with: #""u""#)),
                user(result, result.replacing(#""t""#, with: #""u""#)),
            ]
        ),
        Case(
            [.duplicateToolID],
            [hi, assistant(call), user(result), assistant(call), user(result)],
            [
                hi, assistant(call), user(result), assistant(call.replacing(#""t""#, with: #""repaired_1""#)),
                user(result.replacing(#""t""#, with: #""repaired_1""#)),
            ]
        ),
        Case(
            [.badToolID, .badToolName, .badToolInput],
            [
                hi, assistant(#"{"type":"tool_use","id":"a b","name":"do it","input":"x"}"#),
                user(result.replacing(#""t""#, with: #""a b""#)),
            ],
            [
                hi, assistant(#"{"type":"tool_use","id":"repaired_0","name":"do_it","input":{"input":"x"}}"#),
                user(result.replacing(#""t""#, with: #""repaired_0""#)),
            ]
        ),
        Case(
            [.badToolResult],
            [
                hi, assistant(call),
                user(#"{"type":"tool_result","tool_use_id":"t","content":{"a":1},"is_error":null}"#),
            ],
            [hi, assistant(call), user(#"{"type":"tool_result","tool_use_id":"t","content":"{\"a\":1}"}"#)]
        ),
        Case(
            [.oddValue],
            [hi, assistant(call.replacing("{}", with: #"{"a":1,"a":1e999}"#)), user(result)],
            [hi, assistant(call.replacing("{}", with: #"{"a":"1e999"}"#)), user(result)]
        ),
    ]

    private static let messages: [Case] = [
        Case([.notAMessage], ["1", "null", #""hey""#, answer], [user(words("1")), user(words("hey")), answer]),
        Case(
            [.unknownRole],
            [#"{"role":"system","content":"x"}"#, answer],
            [#"{"role":"user","content":"x"}"#, answer]
        ),
        Case([.unknownRole], [hi, #"{"role":"model","content":"x"}"#], [hi, #"{"role":"assistant","content":"x"}"#]),
        Case([.extraKeys], [#"{"id":1,"role":"user","content":"x"}"#], [#"{"role":"user","content":"x"}"#]),
        Case([.extraKeys], [user(#"{"type":"text","text":"x","n":1.0e2}"#)], [user(words("x"))]),
        Case([.escapedName], [#"{"role":"us\u0065r","content":"x"}"#], [#"{"role":"user","content":"x"}"#]),
        Case([.badContent], [#"{"role":"user","content":\#(words("x"))}"#], [user(words("x"))]),
        Case([.badContent, .emptyContent], [hi, #"{"role":"assistant"}"#], [hi]),
        Case([.emptyContent], [hi, #"{"role":"assistant","content":" \n"}"#, hi], [hi, hi]),
        Case([.emptyText], [user(words(""), words("x"), words("\\u00a0"))], [user(words("x"))]),
        Case([.badBlock], [user("1", "null", #""x""#, #"{"text":"y"}"#)], [user(words("1"), words("x"), words("y"))]),
        Case([.unknownBlock], [user(#"{"type":"video","data":"…"}"#)], [user(words("[video left out]"))]),
        Case(
            [.misplacedBlock],
            [hi, assistant(#"{"type":"image","source":{}}"#)],
            [hi, assistant(words("[image left out]"))]
        ),
        Case(
            [.cacheMark],
            [user(#"{"type":"text","cache_control":{"type":"ephemeral"},"text":"x"}"#)],
            [user(words("x"))]
        ),
        Case(
            [.loneSurrogate],
            [#"{"role":"user","content":"a\ud800b\ud83d\ude00"}"#],
            [#"{"role":"user","content":"a\ufffdb\ud83d\ude00"}"#]
        ),
        Case([.assistantFirst], [answer], [user(words("[The beginning of this conversation is missing.]")), answer]),
        Case(
            [.endsOnThought],
            [hi, assistant(words("x"), #"{"type":"thinking","thinking":"","signature":""}"#)],
            [hi, assistant(words("x"))]
        ),
    ]

    @Test(arguments: calls + messages)
    func repairs(_ item: Case) throws {
        let stored = "[" + item.stored.joined(separator: ",") + "]"
        let (repaired, repairs) = try Conversation(stored: Array(stored.utf8)).repaired()
        #expect(text(repaired) == "[" + item.repaired.joined(separator: ",") + "]")
        #expect(Set(repairs.keys) == item.kinds)
        #expect(try violation(in: repaired) == nil)
    }

    @Test func neighboursOfWhatIsRepairedKeepTheirBytes() throws {
        let stored = #"[ {"role": "user", "content": "Caf\u00e9"} , {"content": "x", "role": "assistant"} , 7 ]"#
        let (repaired, repairs) = try Conversation(stored: Array(stored.utf8)).repaired()
        #expect(repairs == [.notAMessage: 1])
        #expect(
            text(repaired)
                == #"[ {"role": "user", "content": "Caf\u00e9"} , {"content": "x", "role": "assistant"},{"role":"user","content":[{"type":"text","text":"7"}]}]"#
        )
    }

    @Test func whatOtherProgramsWriteProperlyIsNoSuspect() throws {
        let stored =
            #"[{"role": "user", "content": "日本語"}, {"role": "assistant", "content": [{"citations": null, "text": "Hi", "type": "text"}, {"id": "toolu_1", "input": {"q": [1, {"a": "\u00e9"}]}, "name": "look", "type": "tool_use"}]}, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "42"}], "is_error": false}, {"type": "text", "text": "\nand?"}]}, {"role": "assistant", "content": "So."}]"#
        let conversation = try Conversation(stored: Array(stored.utf8))
        #expect(conversation.suspicion.messages.isEmpty)
        #expect(conversation.repaired().repairs.isEmpty)
    }
}

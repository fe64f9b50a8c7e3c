import Agent
import TestSupport
import Testing

/// The local model server must refuse what the real service refuses, or tests against it prove nothing.
@Suite struct MessagesAPIRulesTests {
    private func body(_ messages: String, _ rest: String = "") throws -> JSONValue {
        try JSONValue(parsing: Array(#"{"model":"m","max_tokens":5,"messages":[\#(messages)]\#(rest)}"#.utf8))
    }

    private static let use =
        #"{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"n","input":{}}]}"#
    private static let result = #"{"type":"tool_result","tool_use_id":"t1","content":"r"}"#
    private static let mark = #""cache_control":{"type":"ephemeral"}"#

    @Test(arguments: [
        #"{"role":"user","content":"a"}"#,
        #"{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":"b",\#(mark)}]}"#,
        #"{"role":"user","content":"a"},{"role":"assistant","content":"prefill"}"#,
        use + #",{"role":"user","content":[\#(result),{"type":"text","text":"and"}]}"#,
        #"{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"s"}]},{"role":"user","content":"b"}"#,
    ])
    func theseAreAccepted(messages: String) throws {
        #expect(MessagesAPIRules.violation(in: try body(messages)) == nil)
    }

    @Test(arguments: [
        ("", "at least one"),
        (#"{"role":"assistant","content":"a"}"#, "first message"),
        (#"{"role":"system","content":"a"}"#, "role"),
        (#"{"role":"user","content":""}"#, "non-empty"),
        (#"{"role":"user","content":[]}"#, "non-empty"),
        (#"{"role":"user"}"#, "field required"),
        (#"{"role":"user","content":" \n"}"#, "non-whitespace"),
        (#"{"role":"user","content":[{"type":"text","text":""}]}"#, "non-whitespace"),
        (#"{"role":"user","content":"a","id":"1"}"#, "extra inputs"),
        (#"{"role":"user","content":[{"type":"text","text":"a","x":1}]}"#, "extra inputs"),
        (#"{"role":"user","content":[{"type":"poem"}]}"#, "expected tags"),
        (#"{"role":"user","content":[{"type":"tool_use","id":"t","name":"n","input":{}}]}"#, "only be in"),
        (#"{"role":"user","content":"a"},{"role":"assistant","content":"b "}"#, "trailing whitespace"),
        (use, "without tool_result"),
        (use + #",{"role":"user","content":"b"}"#, "without tool_result"),
        (use + #",{"role":"assistant","content":"b"},{"role":"user","content":[\#(result)]}"#, "without tool_result"),
        (use + #",{"role":"user","content":[{"type":"text","text":"b"},\#(result)]}"#, "must come first"),
        (use + #",{"role":"user","content":[\#(result),\#(result)]}"#, "single result"),
        (#"{"role":"user","content":[\#(result)]}"#, "unexpected tool_use_id"),
        (
            #"{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t 1","name":"n","input":{}}]}"#,
            "pattern"
        ),
        (
            #"{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"n","input":[]}]}"#,
            "dictionary"
        ),
        (
            #"{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"s",\#(mark)}]}"#,
            "extra inputs"
        ),
    ])
    func theseAreRefused(messages: String, words: String) throws {
        let violation = MessagesAPIRules.violation(in: try body(messages))
        #expect(violation?.contains(words) == true, "\(violation ?? "accepted")")
    }

    @Test(arguments: [
        (#","mood":"good""#, "mood"),
        (#","stream":1"#, "stream"),
        (#","tools":[{"name":"a b","input_schema":{"type":"object"}}]"#, "pattern"),
        (
            #","tools":[{"name":"a","input_schema":{"type":"object"}},{"name":"a","input_schema":{"type":"object"}}]"#,
            "unique"
        ),
        (#","tools":[{"name":"a"}]"#, "input_schema"),
        (#","system":[{"type":"text","text":""}]"#, "non-whitespace"),
        (#","system":[{"type":"text","text":"a","cache_control":{"type":"forever"}}]"#, "ephemeral"),
    ])
    func theRestOfTheRequestIsCheckedAsWell(rest: String, words: String) throws {
        let violation = MessagesAPIRules.violation(in: try body(#"{"role":"user","content":"a"}"#, rest))
        #expect(violation?.contains(words) == true, "\(violation ?? "accepted")")
    }

    @Test func fiveMarksAreOneTooMany() throws {
        let marked = #"{"type":"text","text":"a",\#(Self.mark)}"#
        let four = Array(repeating: marked, count: 4).joined(separator: ",")
        #expect(MessagesAPIRules.violation(in: try body(#"{"role":"user","content":[\#(four)]}"#)) == nil)
        let five = try body(#"{"role":"user","content":[\#(four)]}"#, #","system":[\#(marked)]"#)
        #expect(MessagesAPIRules.violation(in: five)?.contains("maximum of 4") == true)
    }

    @Test(arguments: [#"{"max_tokens":5,"messages":[]}"#, #"{"model":"m","messages":[]}"#, "[]"])
    func whatIsMissingIsNamed(text: String) throws {
        #expect(MessagesAPIRules.violation(in: try JSONValue(parsing: Array(text.utf8))) != nil)
    }
}

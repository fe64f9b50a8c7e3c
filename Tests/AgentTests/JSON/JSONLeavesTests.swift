import Testing

@testable import Agent

@Suite struct JSONLeavesTests {
    @Test func readsTextsAndWholeNumbersOfTwoLevels() throws {
        let leaves = try #require(
            JSONLeaves(#" {"index": -3, "delta": {"text": "a\n\u00e9", "n": 7, "deep": {"text": "b"}}, "text": "c"} "#)
        )
        #expect(leaves.number("index") == -3)
        #expect(leaves.text("text", in: "delta") == "a\né")
        #expect(leaves.number("n", in: "delta") == 7)
        #expect(leaves.text("text") == "c")
    }

    @Test func doesNotLookAtAnythingElse() throws {
        let leaves = try #require(JSONLeaves(#"{"a": [1], "b": 1.5, "c": true, "d": {"e": {"f": 1}}, "g": null}"#))
        for name in ["a", "b", "c", "d", "g", "missing"] {
            #expect(leaves.text(name) == nil)
            #expect(leaves.number(name) == nil)
        }
        #expect(leaves.number("f", in: "e") == nil)
        #expect(leaves.number("e", in: "d") == nil)
    }

    /// What the reader of trees refuses, or reads in a way of its own, is left to it.
    @Test(arguments: [
        "", "[]", "1", "{", #"{"a":1}x"#, #"{"a":1,"a":2}"#, #"{"a":{"b":1,"b":2}}"#, #"{"a":{"b":{"c":1,"c":2}}}"#,
        #"{"a":1,"\u0061":2}"#, #"{"a":"\ud83d"}"#, #"{"a":["\ud83d"]}"#, #"{"a":[1e999]}"#, "{\"a\":\"\u{1}\"}",
    ])
    func leavesTheRestToAReaderOfTrees(_ json: String) { #expect(JSONLeaves(json) == nil) }
}

import Agent
import TestSupport
import Testing

@testable import Anthropic

@Suite struct RequestBodyTests {
    private static let mark = #","cache_control":{"type":"ephemeral"}"#
    private let tools: ToolList = [
        Tool(name: "a", description: "A", inputSchema: ["type": "object"], access: .read),
        Tool(name: "b", description: "B", inputSchema: ["type": "object"], access: .write),
    ]

    private func request(_ history: String, committed: Int, tools: ToolList = [], system: String = "") throws
        -> ModelRequest
    {
        ModelRequest(
            system: system,
            tools: tools,
            conversation: try Conversation(stored: Array(history.utf8)),
            committedMessages: committed,
            deadline: .now
        )
    }

    private func text(_ request: ModelRequest) -> String {
        String(decoding: RequestBody(request, model: "m", maxTokens: 9).bytes, as: UTF8.self)
    }

    private func messages(_ history: String, committed: Int = 0) throws -> String {
        let text = text(try request(history, committed: committed))
        return String(text[(text.firstRange(of: #""messages":"#)?.upperBound ?? text.endIndex)...].dropLast())
    }

    @Test func theSmallestRequest() throws {
        #expect(
            text(try request(#"[{"role":"user","content":"Hi"}]"#, committed: 0))
                == #"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"Hi""#
                + Self.mark + "}]}]}"
        )
    }

    @Test func allFourMarks() throws {
        let history =
            #"[{"role":"user","content":"1"},{"role":"assistant","content":"2"},{"role":"user","content":"3"}]"#
        let request = try request(history, committed: 2, tools: tools, system: "Be \"kind\"")
        let body = try JSONValue(parsing: RequestBody(request, model: "m", maxTokens: 9).bytes)
        #expect(MessagesAPIRules.violation(in: body) == nil)
        let mark: JSONValue = ["type": "ephemeral"]
        let tools = try #require(body["tools"]?.arrayValue)
        #expect(tools[0]["cache_control"] == nil)
        #expect(tools[1]["cache_control"] == mark)
        #expect(tools[1]["name"] == "b")
        #expect(body["system"] == [["type": "text", "text": "Be \"kind\"", "cache_control": mark]])
        let messages = try #require(body["messages"]?.arrayValue)
        #expect(messages[0]["content"] == "1")
        #expect(messages[1]["content"] == [["type": "text", "text": "2", "cache_control": mark]])
        #expect(messages[2]["content"] == [["type": "text", "text": "3", "cache_control": mark]])
    }

    @Test func theStoredBytesAreCopiedAsTheyAre() throws {
        let history =
            #"[ {"content" : "Caf\u00e9 \/ \ud83d\ude00", "role":"user"} , {"role":"assistant","content":[ {"type":"text","text":"a","n":1.0e2} , {"type":"tool_use","id":"t","name":"a","input":{ "k" : 1 }} ]},"#
            + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"},{"type":"text","text":"b"}]}]"#
        let copied = try messages(history, committed: 2)
        #expect(copied.replacing(Self.mark, with: "") == history)
        #expect(copied.contains(#""input":{ "k" : 1 }"# + Self.mark))
        #expect(copied.contains(#""text":"b""# + Self.mark))
    }

    @Test func thinkingCarriesNoMark() throws {
        let history =
            #"[{"role":"user","content":"1"},{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"thinking","thinking":"","signature":"s"}]}]"#
        #expect(try messages(history).contains(#""text":"a""# + Self.mark))
        let only =
            #"[{"role":"user","content":"1"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"s"}]}]"#
        #expect(try messages(only) == only)
    }

    @Test func foreignMarksAreLeftOut() throws {
        let long = #""cache_control" : {"type":"ephemeral","ttl":"1h"}"#
        let blocks = [
            (
                #"{"type":"text","text":"says \"cache_control\"",\#(long)}"#,
                #"{"type":"text","text":"says \"cache_control\""}"#
            ),
            (#"{ \#(long) , "type":"text","text":"a"}"#, #"{  "type":"text","text":"a"}"#),
            (#"{"type":"text",\#(long),\#(long), "text":"b" }"#, #"{"type":"text", "text":"b" }"#),
            (
                #"{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"c",\#(long)}]}"#,
                #"{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"c"}]}"#
            ),
            (
                #"{"type":"tool_use","id":"t","name":"a","input":{"cache_control":[1, -2.5e3, true]},\#(long)}"#,
                #"{"type":"tool_use","id":"t","name":"a","input":{"cache_control":[1, -2.5e3, true]}}"#
            ),
        ]
        func history(_ blocks: [String]) -> String {
            #"[{"role":"user","content":[\#(blocks.joined(separator: " , "))]},{"role":"user","content":"last"}]"#
        }
        let marked = try messages(history(blocks.map(\.0)), committed: 1)
        #expect(marked == (try messages(history(blocks.map(\.1)), committed: 1)))
        #expect(marked.ranges(of: Self.mark).count == 2)
        #expect(!marked.contains("1h"))
    }

    @Test func aHistoryFullOfForeignMarksIsAccepted() throws {
        let marked = #"{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}"#
        let history =
            #"[{"role":"user","content":[\#(Array(repeating: marked, count: 6).joined(separator: ","))]}]"#
        let request = try request(history, committed: 0, tools: tools, system: "s")
        let body = RequestBody(request, model: "m", maxTokens: 9).bytes
        #expect(MessagesAPIRules.violation(in: try JSONValue(parsing: body)) == nil)
    }

    @Test func aNextTurnRepeatsThePrefixByteForByte() throws {
        var first = try request("[]", committed: 0, tools: tools, system: "s")
        first.conversation.append(user: "one")
        var second = first
        second.committedMessages = 2
        second.conversation.append(assistant: [.text("two")])
        second.conversation.append(user: "three")
        let before = text(first).replacing(Self.mark, with: "").replacing("]}]}", with: "")
        let after = text(second).replacing(Self.mark, with: "")
        // But for the shape of a marked string the first request is the beginning of the second.
        #expect(after.hasPrefix(before.replacing(#"[{"type":"text","text":"one"}"#, with: #""one""#)))
    }

    @Test(arguments: [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"),
        ("http://127.0.0.1:9/base/", "http://127.0.0.1:9/base/v1/messages"), ("http://h/v1", "http://h/v1/messages"),
    ])
    func theEndpointLiesBelowTheBase(base: String, endpoint: String) {
        var settings = AnthropicSettings(key: nil)
        settings.baseURL = base
        #expect(settings.endpoint == endpoint)
    }
}

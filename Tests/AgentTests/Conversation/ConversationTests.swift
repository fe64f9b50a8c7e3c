import Agent
import TestSupport
import Testing

@Suite struct ConversationTests {
    @Test func keepsStoredBytesAsTheyAre() throws {
        // As json.dumps of another program writes it: spaces, escapes, unknown keys and blocks.
        let stored =
            #" [ {"role": "user", "content": "Caf\u00e9"} , {"content": [{"type": "text", "text": "x"}, {"type":"image","source":{}}], "role": "assistant"} ] "#
        var conversation = try Conversation(stored: Array(stored.utf8))
        conversation.append(user: "Next")
        #expect(
            text(conversation)
                == #" [ {"role": "user", "content": "Caf\u00e9"} , {"content": [{"type": "text", "text": "x"}, {"type":"image","source":{}}], "role": "assistant"} ,{"role":"user","content":"Next"}]"#
        )
    }

    @Test func whatItAppendsItReadsBack() throws {
        var conversation = Conversation()
        conversation.append(user: "Say \"hi\"\u{1}\n")
        let call = ToolCall("t1", "look", #"{"a":[1]}"#)
        conversation.append(assistant: [.text("One moment"), .toolUse(call)])
        conversation.append(toolResults: [(call, .error("no"))])
        conversation.append(assistant: [.text("Done")])
        #expect(try Conversation(stored: conversation.stored) == conversation)
        #expect(
            text(conversation)
                == #"[{"role":"user","content":"Say \"hi\"\u0001\n"},{"role":"assistant","content":[{"type":"text","text":"One moment"},{"type":"tool_use","id":"t1","name":"look","input":{"a":[1]}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"no","is_error":true}]},{"role":"assistant","content":[{"type":"text","text":"Done"}]}]"#
        )
    }

    @Test func indexesMessagesAndBlocks() throws {
        let stored =
            #"[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"t"},{"id":"x1","type":"tool_use","name":"n","input":{"id":"no","type":"text"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"x1","content":[]}]}]"#
        let conversation = try Conversation(stored: Array(stored.utf8))
        #expect(conversation.messages.map(\.role) == [.user, .assistant, .user])
        #expect(conversation.messages.map(\.form) == [.text, .blocks, .blocks])
        #expect(conversation.blocks.map(\.kind) == [.thinking, .toolUse, .toolResult])
        let ids = conversation.blocks.map { block in
            block.toolID.map { String(decoding: conversation.bytes[$0], as: UTF8.self) }
        }
        #expect(ids == [nil, "x1", "x1"])
        #expect(conversation.blocks(of: conversation.messages[1]).count == 2)
        #expect(conversation.bytes[conversation.messages[0].content].elementsEqual(#""a""#.utf8))
    }

    @Test(arguments: ["", "{}", "null", "[", "[}", "not json", "[1,2", #"["a"] x"#, "\"[]\""])
    func refusesWhatIsNoArray(_ stored: String) {
        #expect(throws: JSONError.self) { try Conversation(stored: Array(stored.utf8)) }
    }

    @Test func refusesTenThousandLevels() {
        let stored = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(throws: JSONError.self) { try Conversation(stored: Array(stored.utf8)) }
    }

    @Test func indexesWhatIsNoMessageAsSuch() throws {
        let stored = #"[1,"x",{"role":"tool","content":5},{"role":7,"content":[1,{"type":"text"}]},{}]"#
        let conversation = try Conversation(stored: Array(stored.utf8))
        #expect(conversation.messages.map(\.role) == Array(repeating: .unknown, count: 5))
        #expect(conversation.messages.map(\.form) == Array(repeating: .malformed, count: 5))
    }

    @Test func anEmptyArrayIsAnEmptyConversation() throws {
        var conversation = try Conversation(stored: Array(" [ ] ".utf8))
        #expect(conversation.messages.isEmpty)
        conversation.append(user: "Hi")
        #expect(try Conversation(stored: conversation.stored).messages.count == 1)
    }
}

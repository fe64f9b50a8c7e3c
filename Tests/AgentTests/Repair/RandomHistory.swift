import TestSupport

/// A history as JSON text in pieces that can be taken apart, so that also text comes out that no encoder would write.
struct RandomHistory {
    /// Names and values in order; a name may stand twice.
    struct Object {
        var members: [(key: String, value: String)]

        init(_ members: KeyValuePairs<String, String>) { self.members = members.map { ($0.key, $0.value) } }

        func text(_ space: String) -> String {
            "{" + members.map { "\"\($0.key)\":\(space)\($0.value)" }.joined(separator: ",\(space)") + "}"
        }
    }

    struct Message {
        var role: String
        var blocks: [Object]
        /// What stands in place of the blocks.
        var content: String?
        var extra: [(key: String, value: String)] = []
        /// What stands in place of the whole message.
        var junk: String?

        func text(_ space: String) -> String {
            if let junk { return junk }
            let content = content ?? "[" + blocks.map { $0.text(space) }.joined(separator: ",\(space)") + "]"
            var members = [(key: "role", value: role), (key: "content", value: content)] + extra
            members.removeAll { $0.value.isEmpty }
            var object = Object([:])
            object.members = members
            return object.text(space)
        }
    }

    var messages: [Message] = []
    private let space: String

    /// Between one and three turns that break no rule.
    init(_ dice: inout Dice) {
        space = dice.pick(["", " "])
        for turn in 0..<dice.roll(3) { addTurn(turn, &dice) }
    }

    var text: String { "[" + messages.map { $0.text(space) }.joined(separator: ",\(space)") + "]" }

    private mutating func addTurn(_ turn: Int, _ dice: inout Dice) {
        messages.append(words("\"user\"", &dice))
        for step in 0..<dice.roll(3) - 1 {
            var calls: [Object] = []
            var results: [Object] = []
            for call in 0..<dice.roll(3) {
                let id = "\"t\(turn)_\(step)_\(call)\""
                calls.append([
                    "type": "\"tool_use\"", "id": id, "name": "\"look\"",
                    "input": dice.pick(["{}", #"{"a":[1,{"b":2}]}"#]),
                ])
                var result: Object = ["type": "\"tool_result\"", "tool_use_id": id]
                switch dice.roll(4) {
                case 1: result.members.append(("content", "[]"))
                case 2: result.members.append(("content", #"[{"type":"text","text":"part"}]"#))
                case 3: result.members += [("content", #""no""#), ("is_error", "true")]
                default: result.members.append(("content", #""{\"id\":1,\"subject\":\"Caf\u00e9 😀\"}""#))
                }
                results.append(result)
            }
            if dice.roll(2) == 1 { calls.insert(["type": "\"text\"", "text": "\"One moment\""], at: 0) }
            if dice.roll(3) == 1 {
                calls.insert(["type": "\"thinking\"", "thinking": "\"\"", "signature": "\"s\""], at: 0)
            }
            messages.append(Message(role: "\"assistant\"", blocks: calls))
            messages.append(Message(role: "\"user\"", blocks: results))
        }
        messages.append(words("\"assistant\"", &dice))
    }

    private func words(_ role: String, _ dice: inout Dice) -> Message {
        let literal = dice.pick([#""Hi""#, #""\nÜber \ud83d\ude00""#, #""日本語""#, #""\u0020x""#])
        if dice.roll(2) == 1 { return Message(role: role, blocks: [], content: literal) }
        return Message(role: role, blocks: [["type": "\"text\"", "text": literal]])
    }
}

extension RandomHistory.Object: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, String)...) { members = elements.map { ($0.0, $0.1) } }
}

// MARK: - Mutations

extension RandomHistory {
    /// Breaks something, or nothing.
    mutating func mutate(_ dice: inout Dice) {
        guard !messages.isEmpty else { return }
        let index = dice.index(messages.count)
        switch dice.roll(16) {
        case 1: messages.remove(at: index)
        case 2: messages.insert(messages[index], at: dice.index(messages.count))
        case 3: messages.swapAt(index, dice.index(messages.count))
        case 4: messages[index].junk = dice.json()
        case 5:
            messages[index].role = dice.pick([
                "\"user\"", "\"assistant\"", "\"system\"", "\"model\"", "7", "", #""us\u0065r""#,
            ])
        case 6: messages[index].content = dice.pick([dice.json(), "", "null", "\"\"", "[]", "\" \\n\"", "\"x\""])
        case 7:
            messages[index].extra.append((dice.pick(["id", "role", "content", "c\\u006fntent"]), dice.json()))
        case 8: messages.removeFirst(min(messages.count, dice.roll(2)))
        case 9: messages.removeLast(min(messages.count, dice.roll(2)))
        case 10: splitBlocks(of: index)
        default: mutateBlock(of: index, &dice)
        }
    }

    private mutating func splitBlocks(of index: Int) {
        let message = messages[index]
        guard message.blocks.count > 1 else { return }
        messages.replaceSubrange(
            index...index,
            with: message.blocks.map { Message(role: message.role, blocks: [$0]) }
        )
    }

    private mutating func mutateBlock(of message: Int, _ dice: inout Dice) {
        guard !messages[message].blocks.isEmpty else { return }
        let index = dice.index(messages[message].blocks.count)
        switch dice.roll(14) {
        case 1: messages[message].blocks.remove(at: index)
        case 8:
            let odd = dice.pick([#"{"a":1,"a":2}"#, #"{"a":1e999}"#, #"{"a":\#(dice.json())}"#])
            for (place, member) in messages[message].blocks[index].members.enumerated() where member.key == "input" {
                messages[message].blocks[index].members[place].value = odd
            }
        case 2: messages[message].blocks.append(messages[message].blocks[index])
        case 3: messages[message].blocks.swapAt(index, dice.index(messages[message].blocks.count))
        case 4:
            let block = messages[message].blocks.remove(at: index)
            messages[dice.index(messages.count)].blocks.insert(block, at: 0)
        case 5:
            messages[message].blocks.insert(
                ["type": "\"text\"", "text": dice.pick(["\"\"", "\" \"", "\"w\""])],
                at: 0
            )
        case 6:
            let block: Object = [
                "type": dice.pick(["\"image\"", "\"document\"", "\"video\"", "\"redacted_thinking\""]),
                "source": dice.pick(["{}", "1"]), "data": "\"d\"",
            ]
            messages[message].blocks.append(block)
        case 7: messages[message].blocks.append(["type": "\"thinking\"", "thinking": "\"\"", "signature": "\"s\""])
        default: mutateMember(&messages[message].blocks[index], &dice)
        }
    }

    private func mutateMember(_ block: inout Object, _ dice: inout Dice) {
        let index = dice.index(block.members.count)
        switch dice.roll(8) {
        case 1 where block.members.count > 1: block.members.remove(at: index)
        case 2: block.members[index].value = dice.json()
        case 3: block.members.append((dice.pick(["extra", "type", "text", "id"]), dice.json()))
        case 4: block.members.append(("cache_control", dice.pick([#"{"type":"ephemeral"}"#, "null", "1"])))
        case 5:
            block.members[index].value = dice.pick(["\"t0_0_0\"", "\"t1_0_0\"", "\"\"", "\"a b\"", #""t0\u005f0_0""#])
        case 6: block.members[index].key = dice.pick(["type", "t\\u0079pe", "id", "text", "content"])
        case 7: block.members[0].value = dice.pick(["\"text\"", "\"tool_use\"", "\"tool_result\"", #""t\u0065xt""#])
        default: block.members.append((dice.pick(["citations", "is_error", "input", "content"]), dice.json()))
        }
    }
}

extension Dice {
    /// Some JSON, proper or odd.
    mutating func json(depth: Int = 0) -> String {
        switch roll(depth > 3 ? 8 : 14) {
        case 1: pick(["null", "true", "false", "0", "-1.5e3", "1e999", "123456789012345678901234567890"])
        case 2: "\"\""
        case 3: "\"words\""
        case 4: pick([#""\ud800""#, #""\udc00x""#, #""\ud83d\ude00""#, #""\ud83d \ude00""#, #""\\ud800""#])
        case 5: pick([#"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"\ud800":1,"\ud801":2}"#])
        case 6: #"{"type":"text","text":"nested"}"#
        case 7: "\" \""
        case 8: nested(levels: roll(200))
        case 9, 10: "[" + (0..<roll(3)).map { _ in json(depth: depth + 1) }.joined(separator: ",") + "]"
        case 11: #"{"type":"image","source":{}}"#
        case 12: #"{"type":"tool_result","tool_use_id":"t0_0_0","content":\#(json(depth: depth + 1))}"#
        default: "{" + (0..<roll(3)).map { "\"k\($0)\":\(json(depth: depth + 1))" }.joined(separator: ",") + "}"
        }
    }

    private func nested(levels: Int) -> String {
        String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
}

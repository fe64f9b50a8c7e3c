import Agent

/// One content block, from its opening and what the stream adds to it.
struct BlockAssembler {
    private enum Kind { case text, toolUse(id: String, name: String), other }

    private let kind: Kind
    /// The block's members as the opening gave them.
    private let members: [String: JSONValue]
    /// What was added since, by member. UTF-8, because appending to it costs no copy of what is there.
    private var added: [String: [UInt8]] = [:]

    /// `nil` when `opening` is no block: an object with a type and, for a call, an id and a name.
    init?(_ opening: JSONValue) {
        guard let members = opening.objectValue, let type = opening["type"]?.stringValue else { return nil }
        self.members = members
        switch type {
        case "text": kind = .text
        case "tool_use":
            guard let id = opening["id"]?.stringValue, !id.isEmpty,
                let name = opening["name"]?.stringValue, !name.isEmpty
            else { return nil }
            kind = .toolUse(id: id, name: name)
        default: kind = .other
        }
    }

    var isText: Bool { if case .text = kind { true } else { false } }

    /// The text that the block began with.
    var openingText: String { isText ? members["text"]?.stringValue ?? "" : "" }

    /// Takes a delta and gives the text that it adds to the answer.
    mutating func add(_ delta: BlockDelta) throws(CallFailure) -> String {
        guard let member = delta.member else { return "" }
        guard let text = delta.text, takes(member) else { throw .malformed("a delta does not fit its block") }
        added[member, default: []] += text.utf8
        return isText ? text : ""
    }

    private func takes(_ member: String) -> Bool {
        switch kind {
        case .text: member == "text"
        case .toolUse: member == "input"
        case .other: true
        }
    }

    /// The block as it stands.
    var block: AnswerBlock {
        switch kind {
        case .text: .text(text(of: "text"))
        case .toolUse(let id, let name): .toolUse(ToolCall(id: id, name: name, input: input))
        case .other: .other(json: JSONValue.object(merged).encoded())
        }
    }

    /// The arguments as they were written; nothing written means what the opening holds.
    private var input: [UInt8] {
        if let written = added["input"], !written.isEmpty { return written }
        return (members["input"] ?? [:]).encoded()
    }

    private var merged: [String: JSONValue] {
        var merged = members
        for member in added.keys {
            merged[member] =
                member == "input" ? (try? JSONValue(parsing: input)) ?? [:] : .string(text(of: member))
        }
        return merged
    }

    private func text(of member: String) -> String {
        (members[member]?.stringValue ?? "") + String(decoding: added[member] ?? [], as: UTF8.self)
    }
}

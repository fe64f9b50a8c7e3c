/// A message under repair.
struct DraftMessage {
    var role: Message.Role
    var content: Content
    /// Where it stands in the history, while nothing had to be changed.
    var source: Int?

    enum Content {
        /// A string, as it is written.
        case text([UInt8])
        case blocks([DraftBlock])
    }

    /// A message of ours.
    init(_ role: Message.Role, _ blocks: [DraftBlock]) {
        self.role = role
        content = .blocks(blocks)
    }

    init(role: Message.Role, content: Content, source: Int?) {
        self.role = role
        self.content = content
        self.source = source
    }

    /// The content as blocks. Setting it makes the message another one than was stored.
    var blocks: [DraftBlock] {
        get {
            switch content {
            case .text(let literal): [DraftBlock(textLiteral: literal)]
            case .blocks(let blocks): blocks
            }
        }
        set {
            content = .blocks(newValue)
            source = nil
        }
    }

    var isEmpty: Bool { if case .blocks(let blocks) = content { blocks.isEmpty } else { false } }

    var encoded: [UInt8] {
        let opening = role == .assistant ? #"{"role":"assistant","content":"# : #"{"role":"user","content":"#
        let content: [UInt8] =
            switch content {
            case .text(let literal): literal
            case .blocks(let blocks): JSONText.array(blocks.map(\.json))
            }
        return Array(opening.utf8) + content + [UInt8(ascii: "}")]
    }
}

/// A content block that the API takes, in a message under repair.
struct DraftBlock {
    enum Kind: Equatable { case text, toolUse(id: String), toolResult(id: String), thinking, media }

    var kind: Kind
    var json: [UInt8]

    init(_ kind: Kind, _ json: [UInt8]) {
        self.kind = kind
        self.json = json
    }

    /// - Parameter textLiteral: a JSON string with words in it.
    init(textLiteral: [UInt8]) {
        self.init(.text, Array(#"{"type":"text","text":"#.utf8) + textLiteral + [UInt8(ascii: "}")])
    }

    /// `nil` when `text` holds no words.
    init?(text: String) {
        guard text.hasWords else { return nil }
        var literal: [UInt8] = []
        literal.appendJSONString(text)
        self.init(textLiteral: literal)
    }

    /// The result of a call that has none.
    init(missingResultOf id: String) {
        var json = Array(#"{"type":"tool_result","tool_use_id":"#.utf8)
        json.appendJSONString(id)
        json += #","content":"#.utf8
        json.appendJSONString(RepairText.noResult)
        json += #","is_error":true}"#.utf8
        self.init(.toolResult(id: id), json)
    }

    var resultID: String? { if case .toolResult(let id) = kind { id } else { nil } }

    /// The same result, of a call that now has another id.
    func answering(_ id: String) -> DraftBlock {
        guard var members = JSONMembers(json), resultID != id else { return self }
        members.set("tool_use_id", text: id)
        return DraftBlock(.toolResult(id: id), members.encoded)
    }

    /// What is left of a result without its call: its text.
    var quoted: DraftBlock? {
        guard let content = JSONMembers(json)?["content"] else { return nil }
        let text = JSONText.string(content) ?? JSONText.resultText(content)
        return text.hasWords ? DraftBlock(text: RepairText.orphan(text)) : nil
    }
}

extension JSONText {
    /// The texts among the parts of a tool's result, joined; other parts are named.
    static func resultText(_ content: [UInt8]) -> String {
        (elements(content) ?? []).map { part in
            let members = JSONMembers(part)
            return members?.text("text") ?? RepairText.leftOut(members?.text("type") ?? "")
        }.joined(separator: "\n")
    }
}

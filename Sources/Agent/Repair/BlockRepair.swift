/// Makes one element of a content a block that the API takes, or nothing.
struct BlockRepair {
    /// How deep a value inside a block may nest so that the request around it stays readable.
    private static let maxDepth = JSONOddities.plainDepth - 5

    private(set) var counts: RepairCounts
    private var members: JSONMembers
    private let json: [UInt8]
    private var isChanged = false

    /// What `json` becomes in a message of `role`; `nil` when nothing is left of it.
    static func repaired(_ json: [UInt8], role: Message.Role, _ counts: inout RepairCounts) -> DraftBlock? {
        guard let members = JSONMembers(json) else {
            counts.note(.badBlock)
            return quoted(json)
        }
        var repair = BlockRepair(counts: counts, members: members, json: json)
        defer { counts = repair.counts }
        return repair.block(role: role)
    }

    private init(counts: RepairCounts, members: JSONMembers, json: [UInt8]) {
        self.counts = counts
        self.members = members
        self.json = json
    }

    private mutating func block(role: Message.Role) -> DraftBlock? {
        guard let type = members.text("type") else {
            change(.badBlock)
            return members.text("text").map { DraftBlock(text: $0) } ?? Self.quoted(json)
        }
        switch (type, role) {
        case ("text", _): return text()
        case ("tool_use", .assistant): return toolUse()
        case ("tool_result", _): return toolResult(role: role)
        case ("thinking", .assistant): return thinking(needs: ["thinking", "signature"])
        case ("redacted_thinking", .assistant): return thinking(needs: ["data"])
        case ("image", .user): return media(keys: ["source"])
        case ("document", .user): return media(keys: ["source", "title", "context", "citations"])
        case ("tool_use", _), ("thinking", _), ("redacted_thinking", _), ("image", _), ("document", _):
            change(.misplacedBlock)
            return type == "tool_use" ? Self.quoted(json) : DraftBlock(text: RepairText.leftOut(type))
        default:
            change(.unknownBlock)
            return DraftBlock(text: RepairText.leftOut(type))
        }
    }

    // MARK: Kinds

    private mutating func text() -> DraftBlock? {
        guard let text = members.text("text") else {
            change(.badBlock)
            return members["text"].flatMap(Self.quoted)
        }
        guard text.hasWords else {
            change(.emptyText)
            return nil
        }
        tidy(keys: ["text", "citations", "cache_control"])
        if let citations = members["citations"], citations.first != UInt8(ascii: "["), !citations.isNull {
            members["citations"] = nil
            change(.extraKeys)
        }
        return finished(.text)
    }

    private mutating func toolUse() -> DraftBlock? {
        tidy(keys: ["id", "name", "input", "cache_control"])
        let id = members.text("id") ?? ""
        unescape("id", id)
        let name = members.text("name") ?? ""
        if !ToolNames.isPlain(name.utf8, maxLength: ToolNames.maxNameLength) {
            members.set("name", text: Self.plainName(name))
            change(.badToolName)
        }
        let input = members["input"] ?? Array("null".utf8)
        if input.first != UInt8(ascii: "{") {
            let wrapped = input.isNull ? Array("{}".utf8) : Array(#"{"input":"#.utf8) + input + [UInt8(ascii: "}")]
            members["input"] = wrapped
            change(.badToolInput)
        }
        return finished(.toolUse(id: id))
    }

    private mutating func toolResult(role: Message.Role) -> DraftBlock? {
        tidy(keys: ["tool_use_id", "content", "is_error", "cache_control"])
        let id = members.text("tool_use_id") ?? ""
        unescape("tool_use_id", id)
        if let isError = members["is_error"], !isError.elementsEqual("true".utf8), !isError.elementsEqual("false".utf8)
        {
            members["is_error"] = nil
            change(.badToolResult)
        }
        if let content = members["content"], content.first != UInt8(ascii: "\"") {
            if let parts = JSONText.elements(content) {
                repairParts(parts)
            } else {
                // Some programs store what the tool returned instead of its text.
                if content.isNull { members["content"] = nil } else { members.set("content", text: content.text) }
                change(.badToolResult)
            }
        }
        let block = finished(.toolResult(id: id))
        guard role == .user else {
            counts.note(.orphanedToolResult)
            return block.quoted
        }
        return block
    }

    private mutating func repairParts(_ parts: [[UInt8]]) {
        var kept: [[UInt8]] = []
        var areChanged = false
        for part in parts {
            // A result may hold what a user may say, except results.
            let isResult = JSONMembers(part)?.text("type") == "tool_result"
            if isResult { counts.note(.badBlock) }
            let repaired = isResult ? Self.quoted(part) : Self.repaired(part, role: .user, &counts)
            if let repaired { kept.append(repaired.json) }
            areChanged = areChanged || repaired?.json != part
        }
        guard areChanged else { return }
        members["content"] = JSONText.array(kept)
        isChanged = true
    }

    private mutating func thinking(needs keys: [String]) -> DraftBlock? {
        guard keys.allSatisfy({ members.text($0) != nil }) else {
            change(.badBlock)
            return DraftBlock(text: RepairText.leftOut("thinking"))
        }
        tidy(keys: keys)
        return finished(.thinking)
    }

    private mutating func media(keys: [String]) -> DraftBlock? {
        guard members["source"]?.first == UInt8(ascii: "{") else {
            change(.badBlock)
            return DraftBlock(text: RepairText.leftOut(members.text("type") ?? ""))
        }
        tidy(keys: keys + ["cache_control"])
        return finished(.media)
    }

    // MARK: Members

    /// Drops what is not among `keys`, and marks for the cache: they say where the request that they were made for ended,
    /// and each takes one of the four places that the API allows from a mark where the next request looks.
    private mutating func tidy(keys: [String]) {
        if members.hasRepeats { change(.extraKeys) }
        if members.keep(only: ["type"] + keys) { change(.extraKeys) }
        if let mark = members["cache_control"], !mark.isNull {
            members["cache_control"] = nil
            change(.cacheMark)
        }
        if members.hasEscapedNames { change(.escapedName) }
        if let type = members.text("type") { unescape("type", type) }
    }

    /// Writes the member as the plain string that it is, since Parley compares such strings as bytes.
    private mutating func unescape(_ name: String, _ text: String) {
        guard let value = members[name], value.contains(UInt8(ascii: "\\")) else { return }
        members.set(name, text: text)
        change(.escapedName)
    }

    private mutating func finished(_ kind: DraftBlock.Kind) -> DraftBlock {
        for member in members.all where Self.mayBeOdd(member.value) {
            guard let plain = Self.plain(member.value) else { continue }
            members[member.name] = plain
            change(.oddValue)
        }
        return DraftBlock(kind, isChanged ? members.encoded : json)
    }

    private mutating func change(_ repair: Repair) {
        counts.note(repair)
        isChanged = true
    }

    // MARK: Values

    /// What is no block, as a text.
    private static func quoted(_ json: [UInt8]) -> DraftBlock? {
        json.isNull ? nil : DraftBlock(text: JSONText.string(json) ?? json.text)
    }

    private static func plainName(_ name: String) -> String {
        let plain = name.unicodeScalars.prefix(ToolNames.maxNameLength).map {
            ToolNames.isPlain($0) ? Character($0) : "_"
        }
        return plain.contains { $0 != "_" } ? String(plain) : "unknown_tool"
    }

    private static func mayBeOdd(_ value: [UInt8]) -> Bool {
        value.first == UInt8(ascii: "{") || value.first == UInt8(ascii: "[")
    }

    /// The value as strict readers take it; `nil` when they take it as it is.
    private static func plain(_ value: [UInt8]) -> [UInt8]? {
        if JSONValue.isPlain(value, maxDepth: maxDepth) { return nil }
        let read = try? JSONValue(lenientlyParsing: value, maxDepth: HistoryIndex.maxDepth)
        return read?.clipped(toDepth: maxDepth).encoded()
    }
}

extension JSONValue {
    /// The same with text in place of what nests deeper than `depth` levels.
    fileprivate func clipped(toDepth depth: Int) -> JSONValue {
        switch self {
        case .array(let elements):
            depth == 0 ? "[left out]" : .array(elements.map { $0.clipped(toDepth: depth - 1) })
        case .object(let members):
            depth == 0 ? "[left out]" : .object(members.mapValues { $0.clipped(toDepth: depth - 1) })
        default: self
        }
    }
}

extension [UInt8] {
    fileprivate var isNull: Bool { elementsEqual("null".utf8) }

    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}

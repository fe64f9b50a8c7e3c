/// Makes one element of a history a message whose parts the API takes, without a look at its neighbours.
enum MessageRepair {
    /// What `json`, the message with this number, becomes; `nil` when nothing is left of it.
    static func repaired(_ json: [UInt8], number: Int, _ counts: inout RepairCounts) -> DraftMessage? {
        guard let members = JSONMembers(json) else {
            counts.note(.notAMessage)
            return words(of: json).map { DraftMessage(.user, [$0]) }
        }
        var isChanged = false
        func change(_ repair: Repair, _ counts: inout RepairCounts) {
            counts.note(repair)
            isChanged = true
        }
        var content = members["content"] ?? Array("null".utf8)
        switch content.first {
        case UInt8(ascii: "\""), UInt8(ascii: "["): break
        case UInt8(ascii: "{"):
            change(.badContent, &counts)
            content = JSONText.array([content])
        default:
            change(.badContent, &counts)
            content = JSONText.array(words(of: content).map { [$0.json] } ?? [])
        }
        let role = role(of: members, content)
        if role.isGuessed { change(.unknownRole, &counts) }
        if members.all.contains(where: { $0.name != "role" && $0.name != "content" }) || members.hasRepeats {
            change(.extraKeys, &counts)
        }
        if members.hasEscapedNames || members["role"]?.contains(UInt8(ascii: "\\")) == true {
            change(.escapedName, &counts)
        }

        if let text = JSONText.string(content) {
            guard text.hasWords else {
                counts.note(.emptyContent)
                return nil
            }
            return DraftMessage(role: role.role, content: .text(content), source: isChanged ? nil : number)
        }
        let elements = JSONText.elements(content) ?? []
        let blocks = elements.compactMap { BlockRepair.repaired($0, role: role.role, &counts) }
        if blocks.isEmpty {
            counts.note(.emptyContent)
            return nil
        }
        isChanged = isChanged || !blocks.lazy.map(\.json).elementsEqual(elements)
        return DraftMessage(role: role.role, content: .blocks(blocks), source: isChanged ? nil : number)
    }

    /// Who said it. Under a role that the API does not know it was the assistant if only the assistant says such things.
    private static func role(of members: JSONMembers, _ content: [UInt8]) -> (role: Message.Role, isGuessed: Bool) {
        switch members.text("role") {
        case "user": return (.user, false)
        case "assistant": return (.assistant, false)
        case "ai", "bot", "model": return (.assistant, true)
        default:
            let types = (JSONText.elements(content) ?? []).map { JSONMembers($0)?.text("type") }
            return (types.contains { $0 == "tool_use" || $0 == "thinking" } ? .assistant : .user, true)
        }
    }

    /// A value that is no content, as words.
    private static func words(of json: [UInt8]) -> DraftBlock? {
        if json.elementsEqual("null".utf8) { return nil }
        return DraftBlock(text: JSONText.string(json) ?? String(decoding: json, as: UTF8.self))
    }
}

import Agent

/// A transcript as a Markdown document, made message by message. What was said is quoted, so that it cannot be taken for the
/// document's own.
struct TranscriptDocument {
    private let session: SessionID
    private var turn: (run: String, owner: String)?

    init(of session: SessionID) { self.session = session }

    /// The part of the document that shows a message: a JSON object as the archive tells it.
    mutating func append(_ message: [UInt8]) -> String {
        guard let json = try? JSONValue(parsing: message) else {
            return "\n*A message that cannot be shown: see the export as JSON Lines.*\n"
        }
        var text = turn == nil ? "# Session \(session)\n" : ""
        let run = json["run_id"]?.stringValue ?? ""
        if turn?.run != run {
            let owner = json["owner"]?.stringValue ?? ""
            let number = json["turn"]?.intValue.map(String.init) ?? "?"
            text += "\n## Turn \(number) · \(json["committed_at"]?.stringValue ?? "") · \(owner)\n"
            turn = (run, owner)
        }
        let parts = Self.parts(of: json["content"] ?? .null)
        let speaker = json["role"] == "assistant" ? "Assistant" : parts.contains { $0.isResult } ? "Tools" : "User"
        text += "\n**\(speaker)**\n"
        for part in parts { text += "\n" + part.text + "\n" }
        return text
    }

    private struct Part {
        var text: String
        var isResult = false
    }

    private static func parts(of content: JSONValue) -> [Part] {
        switch content {
        case .string(let text): [Part(text: quoted(text))]
        case .array(let blocks): blocks.map(part)
        default: []
        }
    }

    private static func part(_ block: JSONValue) -> Part {
        switch block["type"] {
        case "text": Part(text: quoted(block["text"]?.stringValue ?? ""))
        case "tool_use":
            Part(text: "Calls " + code("\(block["name"]?.stringValue ?? "?") \((block["input"] ?? .null).text)"))
        case "tool_result":
            Part(
                text: (block["is_error"] == .bool(true) ? "Failed: " : "Answers ")
                    + code(block["content"]?.stringValue ?? (block["content"] ?? .null).text),
                isResult: true
            )
        default: Part(text: code(block["type"]?.stringValue ?? "?"))
        }
    }

    private static func quoted(_ text: String) -> String {
        text.printableLines.map { $0.isEmpty ? ">" : "> " + $0 }.joined(separator: "\n")
    }

    /// On one line, between more backticks than are in it.
    private static func code(_ text: String) -> String {
        let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence) \(text.printable) \(fence)"
    }
}

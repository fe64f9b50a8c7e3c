import ParleyClient

/// What is stored of a conversation, for people.
struct HistoryView {
    let text: String

    /// What is shown of a tool's input or result.
    private static let longest = 200

    init(_ stored: ParleyClient.StoredSession, palette: Palette) {
        var lines: [String] = []
        for message in stored.messages {
            for block in message.content {
                switch block {
                case .text(let text):
                    let mark = message.role == "user" ? "> " : ""
                    lines += text.printableLines.map { palette.paint(mark, .faint) + $0 }
                case .toolUse(_, let name, _): lines.append(palette.paint("* \(name.printable)", .cyan))
                case .toolResult(_, let content, let isError):
                    let result = (content.string ?? "…").printable
                    let shown = result.count > Self.longest ? result.prefix(Self.longest) + "…" : result[...]
                    lines.append(palette.paint("  \(isError ? "failed: " : "")\(shown)", .faint))
                case .other(let json): lines.append("[\((json["type"]?.string ?? "?").printable)]")
                }
            }
        }
        text = lines.map { $0 + "\n" }.joined()
    }
}

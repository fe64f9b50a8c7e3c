import Agent

/// One session with its conversation, for people.
struct SessionPortrait {
    let text: String

    /// What is shown of a tool's input or result.
    private static let longest = 300

    /// - Parameters:
    ///   - session: as the service shows it.
    ///   - now: seconds since 1970, UTC.
    init(_ session: JSONValue, now: Int) {
        func time(_ name: String) -> String {
            session[name]?.intValue.map { "\(HumanWords.time($0)) (\(HumanWords.ago($0, now: now)))" } ?? "-"
        }
        var lines = [
            "session    " + (session["session_id"]?.stringValue ?? "-").printable,
            "turns      " + (session["turns"]?.intValue.map(String.init) ?? "-"),
            "created    " + time("created_at"),
            "last turn  " + time("updated_at"),
            "expires    " + (session["expires_in"]?.intValue.map { "in " + HumanWords.length(seconds: $0) } ?? "never"),
        ]
        for message in session["messages"]?.arrayValue ?? [] {
            lines += ["", (message["role"]?.stringValue ?? "?").printable]
            lines += Self.content(message["content"] ?? .null).map { $0.isEmpty ? "" : "  " + $0 }
        }
        text = lines.joined(separator: "\n")
    }

    private static func content(_ content: JSONValue) -> [String] {
        switch content {
        case .string(let text): text.printableLines
        case .array(let blocks): blocks.flatMap(block)
        default: [shortened(content.text)]
        }
    }

    private static func block(_ block: JSONValue) -> [String] {
        switch block["type"] {
        case "text": (block["text"]?.stringValue ?? "").printableLines
        case "tool_use":
            ["-> " + (block["name"]?.stringValue ?? "?").printable + " " + shortened((block["input"] ?? .null).text)]
        case "tool_result":
            ["<- " + shortened(block["content"]?.stringValue ?? (block["content"] ?? .null).text)]
        default: ["[" + (block["type"]?.stringValue ?? "?").printable + "]"]
        }
    }

    private static func shortened(_ text: String) -> String {
        (text.count > longest ? text.prefix(longest) + "…" : text[...]).description.printable
    }
}

extension JSONValue {
    /// As JSON on one line.
    var text: String { String(decoding: encoded(), as: UTF8.self) }
}

import ParleyClient

/// One run as lines of text, as it goes on. Events in, text out.
struct ChatView {
    private let palette: Palette
    private var hasBegun = false
    /// Whether the last line has no end yet.
    private var isLineOpen = false
    /// The tool whose line that is.
    private var openTool: String?
    /// What the model has said since the last tool call.
    private var said = ""

    init(palette: Palette) { self.palette = palette }

    /// What is to be written now.
    mutating func show(_ event: ParleyClient.Event) -> String {
        switch event {
        case .started:
            defer {
                hasBegun = true
                said = ""
            }
            return hasBegun ? remark("begun anew") : ""
        case .text(let text): return add(text)
        case .textReset:
            said = ""
            return isLineOpen ? remark("once more") : ""
        case .toolStarted(let call):
            let text = endLine() + palette.paint("* \(call.name.printable)", .cyan)
            said = ""
            openTool = call.id
            isLineOpen = true
            return text
        case .toolFinished(let result): return finished(result)
        case .gap: return remark("some of it was missed")
        case .finished(let answer): return finished(answer)
        case .other: return ""
        }
    }

    /// Ends the last line, if it has no end.
    mutating func endLine() -> String {
        openTool = nil
        guard isLineOpen else { return "" }
        isLineOpen = false
        return "\n"
    }

    /// A line that is not the model's.
    mutating func remark(_ text: String) -> String { endLine() + palette.paint("(\(text))", .faint) + "\n" }

    private mutating func add(_ text: String) -> String {
        let text = text.printableText
        guard !text.isEmpty else { return "" }
        let line = openTool == nil ? "" : endLine()
        said += text
        isLineOpen = !text.hasSuffix("\n")
        return line + text
    }

    private mutating func finished(_ tool: ParleyClient.ToolResult) -> String {
        let outcome = tool.isOK ? palette.paint("ok", .green) : palette.paint("failed", .red)
        let end = " \(outcome), \(Self.length(tool.duration))\n"
        guard openTool == tool.id else {
            return endLine() + palette.paint("* \(tool.name.printable)", .cyan) + end
        }
        openTool = nil
        isLineOpen = false
        return end
    }

    private mutating func finished(_ answer: ParleyClient.Answer) -> String {
        var text = endLine()
        let summary = answer.summary.printableText
        // A replayed answer was not told in words, and some are not the model's.
        if !summary.isEmpty, summary != said { text += summary + (summary.hasSuffix("\n") ? "" : "\n") }
        for artifact in answer.createdArtifacts {
            let number = artifact.ref.map { " #\($0)" } ?? ""
            let type = artifact.type.printable.replacing("_", with: " ")
            text += palette.paint("+ \(type)\(number) \(artifact.subject.printable)", .green) + "\n"
        }
        for warning in answer.warnings { text += palette.paint("! \(warning.printable)", .yellow) + "\n" }
        if let reason = answer.stoppedBy { text += remark("stopped: \(reason.rawValue.printable)") }
        return text
    }

    private static func length(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
    }
}

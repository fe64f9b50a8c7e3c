import Agent
import ArgumentParser
import Sessions

/// `parley archive export <id>`
struct ExportTranscript: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case jsonl, markdown }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the whole transcript of one session: a JSON object for each message, or Markdown."
    )

    @Argument(help: "The session's id.")
    var session: SessionID
    @Option(help: "jsonl or markdown.")
    var format = Format.jsonl
    @Option(help: "Only this principal's turns.")
    var owner: Principal?
    @OptionGroup var options: ArchiveOptions

    func run() async throws {
        try await options.withArchive { archive in
            var document = TranscriptDocument(of: session)
            var isEmpty = true
            try await archive.transcript(of: session, owner: owner) { messages in
                isEmpty = isEmpty && messages.isEmpty
                for message in messages {
                    switch format {
                    case .jsonl: StandardStream.output.write(message + [UInt8(ascii: "\n")])
                    case .markdown: StandardStream.output.write(Array(document.append(message).utf8))
                    }
                }
            }
            if isEmpty { throw OperatorError("There is no such session in the archive.") }
        }
    }
}

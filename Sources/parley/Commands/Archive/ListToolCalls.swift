import Agent
import ArgumentParser
import Sessions

/// `parley archive tools`
struct ListToolCalls: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tools",
        abstract: "List tool calls with what came of them, the newest first."
    )

    @OptionGroup var options: ArchiveOptions
    @Flag(help: "Only calls that failed, were cut off or could not be made.")
    var failed = false
    @Option(help: "Only calls of the tool with this name.")
    var name: String?
    @Option(help: "Only this principal's, such as user:738718.")
    var owner: Principal?
    @Option(help: "Only calls since then: a day, or a time such as 2026-11-28T20:00:00Z.")
    var since: Moment?
    @Option(help: "How many at the most.")
    var limit = 100

    func run() async throws {
        try await options.withArchive { archive in
            let question = ArchiveQuestion.toolCalls(
                of: owner,
                since: since?.seconds,
                named: name,
                onlyFailed: failed,
                limit: limit
            )
            options.print(try await archive.ask(question)) { ArchiveTables.toolCalls($0) }
        }
    }
}

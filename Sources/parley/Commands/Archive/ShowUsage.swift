import Agent
import ArgumentParser
import Sessions

/// `parley archive usage`
struct ShowUsage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Turns and tokens of each day, user and model, the newest day first. Days are those of UTC."
    )

    @OptionGroup var options: ArchiveOptions
    @Option(help: "Only this principal's, such as user:738718.")
    var owner: Principal?
    @Option(help: "The first day.")
    var since: Moment?
    @Option(help: "The day behind the last one.")
    var until: Moment?
    @Option(help: "How many rows at the most.")
    var limit = 1000

    func run() async throws {
        try await options.withArchive { archive in
            let question = ArchiveQuestion.usage(
                of: owner,
                since: since?.seconds,
                until: until?.seconds,
                limit: limit
            )
            options.print(try await archive.ask(question)) { ArchiveTables.usage($0) }
        }
    }
}

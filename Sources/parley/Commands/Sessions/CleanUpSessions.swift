import Agent
import ArgumentParser

/// `parley sessions cleanup`
struct CleanUpSessions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cleanup",
        abstract: "Remove what has expired and is still held."
    )

    @OptionGroup var options: OperatorOptions
    @Flag(help: "Only count it.")
    var dryRun = false

    func run() async throws {
        try await options.withClient { client in
            let answer = try await client.cleanUp(dryRun: dryRun)
            let count = answer[dryRun ? "stale" : "removed"]?.intValue
            guard let count else { throw OperatorError.strange(options.url) }
            let text = dryRun ? "\(count) to remove" : "Removed \(count)"
            options.print(options.json ? answer.text : text)
        }
    }
}

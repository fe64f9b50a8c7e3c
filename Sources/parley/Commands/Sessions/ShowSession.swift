import Agent
import ArgumentParser
import FoundationEssentials

/// `parley sessions show <id>`
struct ShowSession: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one session with its conversation."
    )

    @Argument(help: "The session's id.")
    var session: SessionID
    @OptionGroup var options: OperatorOptions

    func run() async throws {
        try await options.withClient { client in
            let shown = try await client.show(session)
            if options.json {
                options.print(shown.text)
            } else {
                options.print(SessionPortrait(shown, now: Int(Date().timeIntervalSince1970)).text)
            }
        }
    }
}

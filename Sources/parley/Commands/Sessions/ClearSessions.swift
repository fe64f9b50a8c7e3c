import Agent
import ArgumentParser

/// `parley sessions clear <id> …`
struct ClearSessions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear",
        abstract: "Forget sessions, one after another. A run under way is ended.",
        discussion: "Clearing a session that is not there is no error."
    )

    @Argument(help: "The sessions' ids.")
    var sessions: [SessionID]
    @OptionGroup var options: OperatorOptions

    func run() async throws {
        try await options.withClient { client in
            for session in sessions {
                let answer = try await client.clear(session)
                options.print(options.json ? answer.text : "Cleared \(session)")
            }
        }
    }
}

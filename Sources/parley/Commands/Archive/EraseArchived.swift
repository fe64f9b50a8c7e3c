import API
import Agent
import ArgumentParser

/// `parley archive erase`
struct EraseArchived: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase sessions, or all that a user has said, and print the receipts.",
        discussion: """
            Needs the settings of the workers: DATABASE_URL, ARCHIVE and, for sessions in Redis, REDIS_URL. Erases from the \
            session store, from what waits to be archived and from the archive. A run under way is ended. It cannot be undone.
            """
    )

    @Argument(help: "The sessions' ids.")
    var sessions: [SessionID] = []
    @Option(help: "The user's id: all their sessions, and what is kept for them besides.")
    var user: Int?
    @OptionGroup var options: ArchiveOptions

    func validate() throws {
        guard sessions.isEmpty == (user != nil) else { throw ValidationError("Name sessions, or a --user.") }
        if let user, user < 1 { throw ValidationError("--user must be at least 1") }
    }

    func run() async throws {
        try await options.withStore { store, archive in
            let eraser = Eraser(store: store, archive: archive)
            if let user {
                options.print(try await eraser.erase(user: Principal(userID: user)).json.text)
            }
            for session in sessions {
                options.print(try await eraser.erase(session, for: .operator).json.text)
            }
        }
    }
}

import Agent
import ArgumentParser
import Sessions

/// `parley archive restore <id>`
struct RestoreSession: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a session that the store has lost, or let expire, back into it.",
        discussion: """
            Needs the settings of the workers: DATABASE_URL, ARCHIVE and, for sessions in Redis, REDIS_URL. The owner goes on \
            with the next prompt. Clients do the same by themselves with "restore": true.
            """
    )

    @Argument(help: "The session's id.")
    var session: SessionID
    @Option(help: "Whose session it was, such as user:738718.")
    var owner: Principal
    @Option(help: "How long it is to live, in seconds.")
    var ttl = 1800
    @OptionGroup var options: ArchiveOptions

    func validate() throws {
        guard ttl > 0 else { throw ValidationError("--ttl must be at least 1") }
    }

    func run() async throws {
        try await options.withStore { store, archive in
            let turns = try await SessionRebuild(store: store, archive: archive)
                .restore(session, owner: owner, timeToLive: ttl)
            options.print(
                options.json
                    ? JSONValue.object(["session_id": .string(session.text), "turns": .int(turns)]).text
                    : "Restored \(session): \(turns) turns"
            )
        }
    }
}

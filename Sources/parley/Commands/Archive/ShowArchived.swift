import Agent
import ArgumentParser
import Sessions

/// `parley archive show <id>`
struct ShowArchived: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the turns of one session: what they cost, what their tools did."
    )

    @Argument(help: "The session's id.")
    var session: SessionID
    @OptionGroup var options: ArchiveOptions
    @Option(help: "Only this principal's turns: an id that one user's session had may be another's today.")
    var owner: Principal?
    @Option(help: "How many turns at the most.")
    var limit = 1000

    func run() async throws {
        try await options.withArchive { archive in
            let turns = try await archive.ask(.turns(of: session, owner: owner, limit: limit))
            guard !turns.isEmpty else { throw OperatorError("There is no such session in the archive.") }
            let gaps = try await archive.ask(.gaps(in: session))
            options.print(turns) { ArchiveTables.turns($0, of: session) }
            options.print(gaps) { ArchiveTables.gaps($0) }
        }
    }
}

import Agent
import ArgumentParser
import FoundationEssentials
import Sessions

/// `parley archive sessions`
struct ListArchived: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "List archived sessions, those used last first."
    )

    @OptionGroup var options: ArchiveOptions
    @Option(help: "Only this principal's sessions, such as user:738718.")
    var owner: Principal?
    @Option(help: "Only sessions used since then: a day, or a time such as 2026-11-28T20:00:00Z.")
    var since: Moment?
    @Option(help: "Only sessions that created this, such as task:17 or user_story:4.")
    var created: ArtifactName?
    @Option(help: "How many at the most.")
    var limit = 100

    func run() async throws {
        try await options.withArchive { archive in
            let question = ArchiveQuestion.sessions(
                of: owner,
                since: since?.seconds,
                creating: created.map { ($0.type, $0.id) },
                limit: limit
            )
            options.print(try await archive.ask(question)) { ArchiveTables.sessions($0) }
        }
    }
}

/// What a tool created, by type and id: `task:17`.
struct ArtifactName: ExpressibleByArgument {
    let type: String
    let id: Int

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let id = Int(parts[1]) else { return nil }
        type = String(parts[0])
        self.id = id
    }
}

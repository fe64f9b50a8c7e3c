import Agent
import ArgumentParser
import FoundationEssentials

/// `parley sessions list`
struct ListSessions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the sessions, those used last first; in no order with --json."
    )

    @OptionGroup var options: OperatorOptions
    @Option(help: "Only this principal's sessions, such as user:738718.")
    var owner: Principal?
    @Option(help: "How many at the most.")
    var limit = 100
    @Option(help: "Where a list before this one ended.")
    var cursor: SessionCursor?

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() async throws {
        try await options.withClient { client in
            let list = try await client.list(SessionQuery(owner: owner, cursor: cursor, limit: limit))
            if options.json {
                options.print(list.json.text)
            } else {
                options.print(SessionTable(list, now: Int(Date().timeIntervalSince1970)).text)
            }
        }
    }
}

extension Principal: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension SessionCursor: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
